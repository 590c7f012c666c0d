"""Pictures, by scikit-learn's Display convention: one class, one file, one picture."""

from skcnn.display.comparison import ComparisonDisplay

__all__ = ["ComparisonDisplay"]

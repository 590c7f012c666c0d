"""The recognizer in the box: what it learns from, and what its card says."""

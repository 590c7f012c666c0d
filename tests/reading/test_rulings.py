"""The lines of squared paper, found and taken out."""

import numpy as np
import pytest

from skcnn.reading._rulings import without_rulings


@pytest.mark.parametrize("spacing", [14, 18, 21, 22, 23, 30, 44])
def test_squares_of_any_size_are_taken_out(spacing):
    """Also where lines are as far apart as the paper beside a line is looked at: 22 pixels."""
    page = np.zeros((412, 446), np.float32)
    for start, darkness in ((spacing // 2 + 1, 0.7), (spacing // 2, 0.86)):
        page[start::spacing] = np.maximum(page[start::spacing], darkness)
        page[:, start::spacing] = np.maximum(page[:, start::spacing], darkness)

    cleared = without_rulings(page, noise=0.005)

    assert cleared.lines[page > 0].all()
    assert cleared.deviation.max() < 0.2

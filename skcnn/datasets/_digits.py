"""scikit-learn's handwritten digits, as images of bytes."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch


@overload
def load_digit_images(*, return_X_y: Literal[False] = False) -> Bunch: ...


@overload
def load_digit_images(
    *, return_X_y: Literal[True]
) -> tuple[NDArray[np.uint8], NDArray[np.int_]]: ...


def load_digit_images(
    *, return_X_y: bool = False
) -> Bunch | tuple[NDArray[np.uint8], NDArray[np.int_]]:
    """Load scikit-learn's handwritten digits as ordinary grey images.

    :func:`sklearn.datasets.load_digits` gives its pixels as floats from 0 to 16.  Here they
    are bytes from 0 (paper) to 255 (ink), as in MNIST and in image files, so that the same
    scaling by 255 serves all of them: grey level ``g`` becomes ``g * 255 / 16``, rounded to
    the nearest integer (8, the only tie, becomes 128).  No two grey levels become one, and
    ``rint(images * 16 / 255)`` gives the original values back.

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(images, target)`` instead of a Bunch.

    Returns
    -------
    digits : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes:

        images : ndarray of shape (1797, 8, 8), dtype uint8
            The images, 0 to 255.
        data : ndarray of shape (1797, 64), dtype uint8
            The same pixels, one flattened image a row; a view of ``images``.
        target : ndarray of shape (1797,), dtype int
            The digit of each image.
        target_names : list of str
            ``"0"`` to ``"9"``.
        DESCR : str
            scikit-learn's description of the data, and what was changed.

    (images, target) : tuple, if ``return_X_y=True``
        The images of shape (1797, 8, 8), not flattened, and the digit of each.

    References
    ----------
    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
    Learning Repository, 1998.

    Examples
    --------
    >>> from skcnn.datasets import load_digit_images
    >>> digits = load_digit_images()
    >>> digits.images.shape, digits.images.max()
    ((1797, 8, 8), np.uint8(255))
    """
    from sklearn.datasets import load_digits  # with all of its data sets, and SciPy's files

    digits = load_digits()
    images = np.rint(digits.images * 255 / 16).astype(np.uint8)
    if return_X_y:
        return images, digits.target
    return Bunch(
        images=images,
        data=images.reshape(len(images), -1),
        target=digits.target,
        target_names=list("0123456789"),
        DESCR=f"{digits.DESCR}\nHere the grey levels 0 to 16 are rescaled to 0 to 255.\n",
    )

"""How training images are varied: the settings, which the engine carries out."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar, Literal

from sklearn.base import BaseEstimator

from skcnn._sklearn_internals import Interval, StrOptions


class RandomAffine(BaseEstimator):
    """Random shifts, rotations, zooms, shears and flips of training images, anew in each epoch.

    The value of an estimator's parameter ``augmentation``.  Each image gets draws of its own, even
    within plus and minus each limit, about its centre, in one bilinear interpolation.  Where
    nothing but shifts and flips is asked for, images move by whole pixels and keep each of these
    as it is, as random crops of padded images do.

    Limits are parameters as a step's in a Pipeline are: a grid search sets them by names such as
    ``cnn__augmentation__rotation``.

    Parameters
    ----------
    shift : float, default=0.07
        Largest shift up, down, left and right, as a share of the image's height and width, in
        [0, 1].  0.07 is two pixels of 28.
    rotation : float, default=10.0
        Largest angle, in degrees, in [0, 180].
    zoom : float, default=0.1
        Largest change in size, as a share of it, in [0, 1).  Height and width change apart.
    shear : float, default=0.1
        Largest slant: how many pixels a row moves sideways against the row below it, in [0, 1].
    flip : {"horizontal", "vertical", "horizontal_and_vertical"} or None, default=None
        How half of the images are mirrored: left to right, top to bottom, or both, each by a toss
        of its own.  None for never, as handwriting must not be; photographs of things want
        ``"horizontal"``.
    fill_mode : {"nearest", "reflect"}, default="nearest"
        What pixels are that come from outside the image: the nearest one at its edge, or the
        image mirrored at its edge.
    erasing : float, default=0.0
        Side of a square that is covered by the image's mean colour, as a share of its height and
        width, in [0, 1].  Its middle may be anywhere in the image.  Source: DeVries and Taylor
        (2017), "Improved regularization of convolutional neural networks with cutout".

    References
    ----------
    Simard, Steinkraus and Platt (2003), "Best practices for convolutional neural networks applied
    to visual document analysis".

    Examples
    --------
    >>> from skcnn import CNNClassifier, RandomAffine, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> cnn = CNNClassifier((8, 16), epochs=3, batch_size=32, augmentation=RandomAffine())
    >>> cnn.fit(X / 255, y).n_iter_
    3
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "shift": [Interval(Real, 0, 1, closed="both")],
        "rotation": [Interval(Real, 0, 180, closed="both")],
        "zoom": [Interval(Real, 0, 1, closed="left")],
        "shear": [Interval(Real, 0, 1, closed="both")],
        "flip": [StrOptions({"horizontal", "vertical", "horizontal_and_vertical"}), None],
        "fill_mode": [StrOptions({"nearest", "reflect"})],
        "erasing": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        shift: float = 0.07,
        rotation: float = 10.0,
        zoom: float = 0.1,
        shear: float = 0.1,
        flip: Literal["horizontal", "vertical", "horizontal_and_vertical"] | None = None,
        fill_mode: Literal["nearest", "reflect"] = "nearest",
        erasing: float = 0.0,
    ) -> None:
        self.shift = shift
        self.rotation = rotation
        self.zoom = zoom
        self.shear = shear
        self.flip = flip
        self.fill_mode = fill_mode
        self.erasing = erasing

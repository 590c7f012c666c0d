"""From rows of pixels to images, and back."""

from __future__ import annotations

from typing import Any, ClassVar

from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from skcnn._arrays import ImageShape
from skcnn.preprocessing._pixels import PixelsMixin, check_images, validate_images
from skcnn.preprocessing._transformer import Transformer, fit_in_one_step


class ImageReshaper(  # type: ignore[call-arg]
    PixelsMixin, Transformer, auto_wrap_output_keys=None
):
    """Reshape rows of pixels into images of height, width and channels.

    The pixels of a row are taken in C order: rows of the image from top to bottom, pixels from
    left to right, the channels of a pixel side by side.  The output is a view of the input
    wherever memory allows, and the dtype is kept.

    The output is not a table.  ``get_feature_names_out`` names the pixels in the order of the row,
    so that a Pipeline which flattens the images again has names for them; ``set_output`` refuses
    pandas and polars, and a global ``transform_output`` leaves the images as they are.

    Parameters
    ----------
    image_shape : tuple of int
        Shape of one image, (height, width, channels), or (height, width) for one channel.

    Attributes
    ----------
    image_shape_ : tuple of int
        Shape of one image, (height, width, channels).
    n_features_in_ : int
        Number of pixels, height * width * channels.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the columns, where ``fit`` saw a table with string column names.

    See Also
    --------
    ImageFlattener : The way back, learning the shape from the images.

    Examples
    --------
    >>> import numpy as np
    >>> from skcnn.preprocessing import ImageReshaper
    >>> rows = np.arange(24, dtype=np.uint8).reshape(2, 12)
    >>> images = ImageReshaper(image_shape=(3, 4)).fit_transform(rows)
    >>> images.shape, images.dtype, np.shares_memory(images, rows)
    ((2, 3, 4, 1), dtype('uint8'), True)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"image_shape": [tuple, list]}
    _shape_remedy = "set image_shape to the shape of one image"

    def __init__(self, image_shape: tuple[int, ...] | list[int]) -> None:
        self.image_shape = image_shape

    @fit_in_one_step
    def fit(self, X: Any, y: Any = None) -> ImageReshaper:
        """Check ``image_shape`` and that ``X`` fits it.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width * channels), or \
                (n_samples, height, width, channels), or (n_samples, height, width) where \
                channels is 1
            Rows of pixels or images, of any numeric dtype.
        y : None
            Ignored.

        Returns
        -------
        self : ImageReshaper
            The fitted transformer.

        Raises
        ------
        ValueError
            If ``image_shape`` is not two or three positive integers, or X does not fit it.
        """
        image_shape = ImageShape.of(self.image_shape)
        validate_images(self, X, reset=True, expected=image_shape.sample_shapes)
        self.image_shape_ = tuple(image_shape)
        return self

    def transform(self, X: Any) -> NDArray[Any]:
        """Reshape ``X`` into images.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width * channels), or \
                (n_samples, height, width, channels), or (n_samples, height, width) where \
                channels is 1
            Rows of pixels or images, of any numeric dtype.

        Returns
        -------
        X_out : ndarray of shape (n_samples, height, width, channels), dtype of X
            The images; a view of X where memory allows.

        Raises
        ------
        ValueError
            If X does not hold images of ``image_shape``.
        """
        check_is_fitted(self, "image_shape_")
        expected = ImageShape.of(self.image_shape_).sample_shapes
        X = validate_images(self, X, reset=False, expected=expected)
        return X.reshape(len(X), *self.image_shape_)

    def inverse_transform(self, X: Any) -> NDArray[Any]:
        """Flatten images into rows of pixels.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width, channels), or any shape that \
                ``transform`` takes
            Images, of any numeric dtype.

        Returns
        -------
        X_out : ndarray of shape (n_samples, height * width * channels), dtype of X
            Rows, whatever the shape of the data that ``transform`` received; a view of X where
            memory allows.

        Raises
        ------
        ValueError
            If X does not hold images of ``image_shape``.
        """
        check_is_fitted(self, "image_shape_")
        X = check_images(self, X, ImageShape.of(self.image_shape_).sample_shapes)
        return X.reshape(len(X), -1)


class ImageFlattener(PixelsMixin, Transformer):
    """Flatten images into rows of pixels, for estimators that want a table.

    The pixels of an image are read in C order: from top to bottom, from left to right, the
    channels of a pixel side by side.  The output is a view of the input wherever memory allows,
    and the dtype is kept.  Data that is a table already passes through.

    Attributes
    ----------
    image_shape_ : tuple of int
        Shape of one sample in ``fit``: (height, width), (height, width, channels), or (n_pixels,)
        for rows.
    n_features_in_ : int
        Number of pixels of one sample.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the columns, where ``fit`` saw a table with string column names.

    See Also
    --------
    ImageReshaper : The way back, with a shape that is known beforehand.

    Examples
    --------
    >>> import numpy as np
    >>> from skcnn.preprocessing import ImageFlattener
    >>> images = np.zeros((5, 2, 2), dtype=np.uint8)
    >>> flattener = ImageFlattener().fit(images)
    >>> flattener.transform(images).shape
    (5, 4)
    >>> flattener.get_feature_names_out().tolist()
    ['pixel_0_0', 'pixel_0_1', 'pixel_1_0', 'pixel_1_1']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    @fit_in_one_step
    def fit(self, X: Any, y: Any = None) -> ImageFlattener:
        """Learn the shape of one sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width), \
                (n_samples, height, width, channels) or (n_samples, n_pixels)
            Images or rows of pixels, of any numeric dtype.
        y : None
            Ignored.

        Returns
        -------
        self : ImageFlattener
            The fitted transformer.

        Raises
        ------
        ValueError
            If the images differ in shape, or are not finite numbers.
        """
        self.image_shape_ = validate_images(self, X, reset=True).shape[1:]
        return self

    def transform(self, X: Any) -> NDArray[Any]:
        """Flatten ``X`` into rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, *image_shape_)
            Images or rows of the shape seen in ``fit``, of any numeric dtype.

        Returns
        -------
        X_out : ndarray of shape (n_samples, n_features_in_), dtype of X
            Rows of pixels; a view of X where memory allows.

        Raises
        ------
        ValueError
            If the samples of X have another shape than those seen in ``fit``.
        """
        check_is_fitted(self, "image_shape_")
        X = validate_images(self, X, reset=False, expected=[self.image_shape_])
        return X.reshape(len(X), -1)

    def inverse_transform(self, X: Any) -> NDArray[Any]:
        """Bring rows back to the shape seen in ``fit``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features_in_)
            Rows of pixels, of any numeric dtype.

        Returns
        -------
        X_out : ndarray of shape (n_samples, *image_shape_), dtype of X
            Images; a view of X where memory allows.

        Raises
        ------
        ValueError
            If the rows of X do not have ``n_features_in_`` pixels.
        """
        check_is_fitted(self, "image_shape_")
        X = check_images(self, X, [(self.n_features_in_,)])
        return X.reshape(len(X), *self.image_shape_)

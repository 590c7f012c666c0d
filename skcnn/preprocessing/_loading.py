"""From pictures in files to images as arrays."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skcnn._cached_images import BLANK, CachedImages
from skcnn._picture_cache import decode
from skcnn._pictures import UNREADABLE, PictureForm, name_of, some_of
from skcnn._sklearn_internals import StrOptions
from skcnn._warning import warn
from skcnn.preprocessing._picture_sources import key_of, read_sources
from skcnn.preprocessing._pixels import PixelsMixin, pixel_names
from skcnn.preprocessing._temporary_folder import share, shared_place, temporary_folder
from skcnn.preprocessing._transformer import Transformer, fit_in_one_step

_IN_MEMORY_BYTES = 64 * 2**20
_PLACE = "place of pictures"


class _BesideParameter:
    """A method, such as ``fit``, beside which there is a parameter of the same name.

    The attribute is the method, as scikit-learn needs it; ``get_params`` gives the parameter.
    """

    def __init__(self, method: Any) -> None:
        self._method = method

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, loader: Any, kind: type | None = None) -> Any:
        return self._method.__get__(loader, kind)

    def __set__(self, loader: Any, value: Any) -> None:
        vars(loader)[self._name] = value


class ImageLoader(  # type: ignore[call-arg]
    PixelsMixin, Transformer, auto_wrap_output_keys=None
):
    """Read pictures from files as images of one size, each file only once.

    The first step of a Pipeline whose X are paths: it decodes any format that Pillow reads, turns
    pictures upright as their EXIF orientation says, puts transparent ones on white, and brings
    palettes, CMYK, 16 bits and other kinds of colour to bytes of grey or RGB.  Of pictures with
    several frames or pages it takes the first.

    Decoded images are kept on disk.  A search and a cross-validation therefore decode each file
    once, though each of their fits loads it again; processes that work side by side share the
    work.  A file counts as the same as long as its path, size and time of change are; bytes and
    Pillow images as long as their content is.

    Up to 64 MiB of images are returned as an array.  More stay on disk, as `CachedImages`, which
    goes wherever an array of images goes: skcnn's estimators read it block by block, so that a fit
    takes no more memory for a million pictures than for a thousand; scikit-learn's splitters and
    searches take parts of it, which stay on disk too, and ``numpy.asarray`` reads it whole.  Hand
    images to a classifier as the bytes that they are, with its parameter ``rescale=1/255``: a
    PixelScaler makes an array of floats of all of them.

    Parameters
    ----------
    image_size : int or tuple of int
        (height, width) of the images in pixels, or one number for both.
    color : {"rgb", "grey"}, default="rgb"
        Whether images have 3 channels or 1.
    fit : {"resize", "crop", "pad"}, default="resize"
        What becomes of pictures of other proportions: they are squeezed; or they keep their
        proportions, and what sticks out on two sides is cut off; or white is added on two sides.
    cache_dir : str or path-like, default=None
        Folder for the decoded images, made where it is not there, which other runs will find too.
        None keeps them in a temporary folder, for as long as this process lives.  Either takes
        height * width * channels bytes a picture, and grows with each new one.
    n_jobs : int, default=None
        Number of threads that decode, or of processes where many pictures are small.  None means
        1 unless in a ``joblib.parallel_backend`` context; -1 means all cores.
    on_error : {"raise", "blank"}, default="raise"
        What becomes of a picture that is missing, damaged or none.  "blank" puts an image that is
        white all over in its place, and warns once, with the names of the files.  (A transformer
        cannot leave out a row; ``load_image_folder(..., on_error="skip")`` can.)

    Attributes
    ----------
    image_shape_ : tuple of int
        Shape of one image, (height, width, channels).

    See Also
    --------
    skcnn.load_image_folder : The pictures in a folder, with a sub-folder for each class.

    Examples
    --------
    >>> from PIL import Image
    >>> from skcnn.preprocessing import ImageLoader
    >>> pictures = [Image.new("RGB", (60, 40), "red"), Image.new("L", (9, 9), 128)]
    >>> images = ImageLoader(image_size=(2, 3)).fit_transform(pictures)
    >>> images.shape, images.dtype, images[0, 0, 0].tolist(), images[1, 0, 0].tolist()
    ((2, 2, 3, 3), dtype('uint8'), [255, 0, 0], [128, 128, 128])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "image_size": [Integral, tuple, list],
        "color": [StrOptions({"rgb", "grey"})],
        "fit": [StrOptions({"resize", "crop", "pad"})],
        "cache_dir": [str, os.PathLike, None],
        "n_jobs": [Integral, None],
        "on_error": [StrOptions({"raise", "blank"})],
    }

    def __init__(
        self,
        image_size: int | tuple[int, int] | list[int],
        color: str = "rgb",
        fit: str = "resize",
        cache_dir: str | os.PathLike[str] | None = None,
        n_jobs: int | None = None,
        on_error: str = "raise",
    ) -> None:
        self.image_size = image_size
        self.color = color
        self.fit = fit
        self.cache_dir = cache_dir
        self.n_jobs = n_jobs
        self.on_error = on_error

    @_BesideParameter
    @fit_in_one_step
    def fit(self, X: Any, y: Any = None) -> ImageLoader:
        """Check the parameters, and that X holds pictures; none is decoded.

        Parameters
        ----------
        X : array-like of shape (n_samples,) or (n_samples, 1)
            Paths, the content of files as bytes, or Pillow images: in a list, an array, a Series,
            or the only column of a table.
        y : None
            Ignored.

        Returns
        -------
        self : ImageLoader
            The fitted transformer.

        Raises
        ------
        ValueError
            If ``image_size`` is not one or two positive integers, or X is empty, a single picture,
            or a table of several columns.
        TypeError
            If X holds something else than pictures, or is a generator.
        """
        form = self._form()
        read_sources(X, type(self).__name__)
        self.image_shape_ = form.shape
        return self

    def transform(self, X: Any) -> NDArray[np.uint8] | CachedImages:
        """Read the pictures.

        Parameters
        ----------
        X : array-like of shape (n_samples,) or (n_samples, 1)
            Paths, the content of files as bytes, or Pillow images.

        Returns
        -------
        images : ndarray or CachedImages of shape (n_samples, height, width, channels), uint8
            The images; those of more than 64 MiB stay on disk.

        Raises
        ------
        UnreadablePictureError
            A ValueError.  If a file is no picture, a damaged one, or one of more pixels than
            Pillow's guard against decompression bombs lets through, and ``on_error="raise"``.
        FileNotFoundError
            If a file is not there, and ``on_error="raise"``.
        OSError
            If decoded images cannot be kept: the folder cannot be written to, or is full.

        Warns
        -----
        UserWarning
            If pictures could not be read, and ``on_error="blank"``.
        """
        check_is_fitted(self, "image_shape_")
        sources = read_sources(X, type(self).__name__)
        keys, failures = self._keys_of(sources)
        decoded = decode(
            {key: source for key, source in zip(keys, sources, strict=True) if key is not None},
            self._form(),
            self._folder(),
            lasts=self.cache_dir is not None,
            n_jobs=self.n_jobs,
            go_on=self.on_error == "blank",
        )
        for i, key in enumerate(keys if decoded.failures else ()):
            if key in decoded.failures:
                failures[i] = decoded.failures[key]
        if failures:
            self._tell(failures, sources)
        records = [BLANK if key is None else decoded.records.get(key, BLANK) for key in keys]
        images = CachedImages(
            decoded.path, decoded.token, self.image_shape_, np.array(records, np.int64)
        )
        return images if images.nbytes > _IN_MEMORY_BYTES else np.asarray(images)

    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> NDArray[np.object_]:
        """Give the names of the pixels, in the order of the flattened image.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Ignored: a column of pictures gives all pixels.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (height * width * channels,)
            ``pixel_<row>_<column>``, and ``pixel_<row>_<column>_<channel>`` in colour.
        """
        check_is_fitted(self, "image_shape_")
        return np.asarray(pixel_names(self.image_shape_), dtype=object)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters.

        Parameters
        ----------
        deep : bool, default=True
            Ignored: no parameter is an estimator.

        Returns
        -------
        params : dict
            Values by name.
        """
        return {name: vars(self)[name] for name in super().get_params(deep=False)}

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that one column of paths is expected."""
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = False
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return state if self.cache_dir is not None else {**state, _PLACE: shared_place()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if _PLACE in state:
            share(state[_PLACE])
        super().__setstate__({name: value for name, value in state.items() if name != _PLACE})

    def _form(self) -> PictureForm:
        return PictureForm.of(self.image_size, self.color, vars(self)["fit"])

    def _folder(self) -> Path:
        if self.cache_dir is None:
            return temporary_folder()
        return Path(self.cache_dir).expanduser().absolute()

    def _keys_of(self, sources: Sequence[Any]) -> tuple[list[bytes | None], dict[int, Exception]]:
        """Return what tells each picture's content, and why there is none of some."""
        keys: list[bytes | None] = []
        failures: dict[int, Exception] = {}
        for i, source in enumerate(sources):
            try:
                keys.append(key_of(source))
            except UNREADABLE as error:
                failures[i] = error
                keys.append(None)
                if self.on_error == "raise":
                    self._tell(failures, sources)
        return keys, failures

    def _tell(self, failures: Mapping[int, Exception], sources: Sequence[Any]) -> None:
        """Raise because of the first picture that could not be read, or warn of all of them."""
        first = min(failures)
        if self.on_error == "raise":
            error = failures[first]
            raise type(error)(
                f"{error} It stands at index {first} of X; on_error='blank' puts a white image in "
                "the place of pictures that cannot be read."
            ) from error
        names = [f"{name_of(sources[i])} (index {i})" for i in sorted(failures)]
        warn(
            f"{len(names)} of {len(sources)} pictures could not be read, and are white all over: "
            f"{some_of(names)}. The first one: {failures[first]}"
        )

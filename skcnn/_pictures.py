"""Pictures: from a file, bytes or an image of Pillow to pixels of 8 bits, of one colour and size.

White is what no picture covers: behind what is transparent, and around what is padded.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

Source = str | os.PathLike[str] | bytes | Image.Image

WHITE = 255
_MODES = {"grey": "L", "rgb": "RGB"}
_CHANNELS = {"grey": 1, "rgb": 3}
_WIDEST_INTEGER = 65535
_SMALL_PIXELS = 128 * 128  # of a JPEG that is decoded at its own size, whatever it becomes
_PLAIN_PIXELS = 512 * 512  # of a JPEG whose header takes Pillow long, beside its pixels
_ORIENTATION, _LIES_ON_ITS_SIDE = 0x0112, 5  # an entry of EXIF, and its first such value
_EMPTY_FILE = "an empty one"
_MOST_NAMED = 3  # pictures in a message


class UnreadablePictureError(ValueError):
    """What should be a picture is none, or a damaged one, or one that is too large."""


UNREADABLE = (
    UnreadablePictureError,
    FileNotFoundError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)


def as_image_size(image_size: Any) -> tuple[int, int]:
    """Return the (height, width) that an integer or a pair of them says.

    Raises
    ------
    ValueError
        If it is neither, or not positive.
    """
    sizes = (image_size, image_size) if isinstance(image_size, Integral) else image_size
    if (
        not isinstance(sizes, (tuple, list))
        or len(sizes) != 2
        or not all(
            isinstance(n, Integral) and not isinstance(n, bool) and int(n) > 0 for n in sizes
        )
    ):
        raise ValueError(
            "image_size must be (height, width), or one integer for both, all positive; received "
            f"{image_size!r}. Pass, for example, image_size=(32, 32)."
        )
    height, width = sizes
    return int(height), int(width)


@dataclass(frozen=True)
class PictureForm:
    """What a picture becomes.

    Attributes
    ----------
    size : tuple of int or None
        (height, width) in pixels; None for each picture's own.
    color : {"grey", "rgb"}
        1 or 3 channels.
    fit : {"resize", "crop", "pad"}
        How a picture of other proportions comes to that size.
    """

    size: tuple[int, int] | None
    color: str
    fit: str

    @classmethod
    def of(cls, image_size: Any, color: Any, fit: Any) -> Self:
        """Return the form that parameters of these names describe.

        Raises
        ------
        ValueError
            If they describe none.
        """
        for name, value, known in (
            ("color", color, _MODES),
            ("fit", fit, ("resize", "crop", "pad")),
        ):
            if value not in known:
                raise ValueError(
                    f"{name} must be one of {', '.join(map(repr, known))}; received {value!r}."
                )
        return cls(None if image_size is None else as_image_size(image_size), color, fit)

    @property
    def channels(self) -> int:
        """Numbers a pixel."""
        return _CHANNELS[self.color]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every picture.

        Raises
        ------
        ValueError
            If each keeps its own size.
        """
        if self.size is None:
            raise ValueError("pictures that keep their own size have no shape in common")
        return (*self.size, self.channels)


def read_picture(
    source: Source, *, color: str = "rgb", image_size: Any = None, fit: str = "resize"
) -> NDArray[np.uint8]:
    """Read a picture as pixels of 8 bits.

    Parameters
    ----------
    source : str, path-like, bytes or PIL.Image.Image
        A file, the content of one, or an image.  Of several frames or pages it is the first.
    color : {"grey", "rgb"}, default="rgb"
        What colours become; grey is Pillow's "L".
    image_size : int, tuple of int or None, default=None
        (height, width), or one number for both; None keeps the picture's own.
    fit : {"resize", "crop", "pad"}, default="resize"
        For pictures of other proportions: squeeze them; cut off what sticks out on two sides; or
        add white on two sides.

    Returns
    -------
    ndarray of shape (height, width, channels), uint8
        The picture upright, as its EXIF orientation says, with white behind what is transparent.
        Pixels of 16 bits are divided by 257.

    Raises
    ------
    UnreadablePictureError
        If it is no picture, a damaged one, one of more pixels than Pillow's guard against
        decompression bombs lets through, or one of floats or of integers beyond 16 bits.
    OSError
        If the file is not there or cannot be read.
    """
    form = PictureForm.of(image_size, color, fit)
    return as_pixels(formed_picture(source, form))


def as_pixels(picture: Image.Image) -> NDArray[np.uint8]:
    """Return the pixels of a picture in grey or RGB, of shape (height, width, channels)."""
    pixels = np.array(picture)
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def formed_picture(source: Source, form: PictureForm) -> Image.Image:
    """Return a picture in a form, as an image of mode "L" or "RGB".

    Raises
    ------
    UnreadablePictureError, OSError
        As ``read_picture`` does.
    """
    content: bytes | Image.Image
    if isinstance(source, (bytes, Image.Image)):
        content = source
    else:
        with _opened_file(source) as file:
            content = file.read()
    if isinstance(content, Image.Image):
        return _formed(content, source, form)
    picture = _plain_jpeg(content, form)
    if picture is not None:
        return _in_size(_converted(picture, _MODES[form.color]), form)
    with _opened_picture(content, source) as picture:
        if form.size is not None:
            _shrink_while_decoding(picture, form.size)
        return _formed(picture, source, form)


def pixels_as_they_are(image: Image.Image) -> bytes:
    """Return the numbers of an image, which is read now if its file has only been opened.

    Raises
    ------
    UnreadablePictureError
        If it is damaged.
    """
    try:
        return image.tobytes()
    except Exception as error:  # Pillow's readers of formats raise what they come upon
        raise _unreadable(image, _damaged(error)) from error


def upright_size(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Return the (height, width) of a picture in a file, of which only the header is read.

    Raises
    ------
    UnreadablePictureError, OSError
        As ``read_picture`` does.
    """
    with _opened_file(path) as file, _opened_picture(file, path) as picture:
        if isinstance(picture, TiffImageFile):  # turns itself, some versions only when loaded
            pixels_as_they_are(picture)
        turned = _orientation_of(picture) >= _LIES_ON_ITS_SIDE
        return (picture.width, picture.height) if turned else (picture.height, picture.width)


# --- from a source to Pillow's image -----------------------------------------------------------


def _opened_file(path: str | os.PathLike[str]) -> Any:
    try:
        return open(path, "rb", buffering=0)
    except UNREADABLE as error:
        raise cannot_open(path, error) from None


def _opened_picture(content: Any, source: Source) -> Image.Image:
    """Open a picture, from bytes or a file, whose header alone is read."""
    if content == b"":
        raise _unreadable(source, _EMPTY_FILE)
    file = BytesIO(content) if isinstance(content, bytes) else content
    try:
        return Image.open(file)
    except UnidentifiedImageError:
        file.seek(0)
        start = file.read(8)
        what = f"content that begins with {start!r}" if start else _EMPTY_FILE
        raise _unreadable(source, what) from None
    except Image.DecompressionBombError as error:
        raise UnreadablePictureError(
            f"Cannot read {name_of(source)}: {str(error).rstrip('.')}. Make the picture smaller, "
            "or set PIL.Image.MAX_IMAGE_PIXELS higher if you know where it comes from."
        ) from None
    except Exception as error:  # Pillow's readers of formats raise what they come upon
        raise _unreadable(source, _damaged(error)) from error


def _plain_jpeg(content: bytes, form: PictureForm) -> Image.Image | None:
    """Return the picture of a plain JPEG, None where Pillow must look at it itself.

    Pillow takes longer for the header of a picture of 32 x 32 pixels than for its pixels.  Plain
    is one of 8 bits and three colours, without EXIF and whatever else has a marker of its own,
    and neither large nor to be shrunk while it is decoded.
    """
    at = 2
    try:
        while content[:2] == b"\xff\xd8" and content[at] == 0xFF:
            marker = content[at + 1]
            if marker in (0xC0, 0xC1, 0xC2):  # start of frame: Huffman codes, maybe progressive
                bits, height, width, colours = (
                    content[at + 4],
                    content[at + 5] << 8 | content[at + 6],
                    content[at + 7] << 8 | content[at + 8],
                    content[at + 9],
                )
                most = min(_PLAIN_PIXELS, Image.MAX_IMAGE_PIXELS or _PLAIN_PIXELS)
                if (bits, colours) != (8, 3) or not 0 < height * width <= most:
                    return None
                if form.size is not None and _becomes_small(height, width, form.size):
                    return None
                return Image.frombytes("RGB", (width, height), content, "jpeg", "RGB", "")
            if marker not in (0xE0, 0xDB, 0xC4, 0xDD, 0xFE):  # JFIF, tables, a comment
                return None
            at += 2 + (content[at + 2] << 8 | content[at + 3])
    except (IndexError, ValueError, OSError):  # it is damaged: Pillow says in which way
        return None
    return None


def _shrink_while_decoding(picture: Image.Image, size: tuple[int, int]) -> None:
    """Let a JPEG be decoded at a fraction of its size that is twice the size asked for or more."""
    if isinstance(picture, JpegImageFile):
        height, width = size if _orientation_of(picture) < _LIES_ON_ITS_SIDE else size[::-1]
        if _becomes_small(picture.height, picture.width, (height, width)):
            picture.draft(None, (2 * width, 2 * height))


def _becomes_small(height: int, width: int, size: tuple[int, int]) -> bool:
    """Tell whether half of a picture's height and width is still twice what it becomes."""
    is_large = height * width > _SMALL_PIXELS
    return is_large and height >= 4 * size[0] and width >= 4 * size[1]


def _formed(picture: Image.Image, source: Source, form: PictureForm) -> Image.Image:
    try:
        picture.load()
        if _orientation_of(picture) != 1:
            picture = ImageOps.exif_transpose(picture)
        return _in_size(_in_colour(picture, source, _MODES[form.color]), form)
    except (UnreadablePictureError, MemoryError):
        raise
    except Exception as error:  # Pillow's readers of formats raise what they come upon
        raise _unreadable(source, _damaged(error)) from error


def _orientation_of(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # damaged EXIF data, or none that can be read, say nothing about the pixels
        return 1


# --- colour and size ---------------------------------------------------------------------------


def _in_colour(picture: Image.Image, source: Source, mode: str) -> Image.Image:
    if picture.mode == "F":
        raise _unreadable(source, "one of 32-bit floats, whose white is not known")
    if picture.mode.startswith("I"):
        picture = _in_eight_bits(picture, source)
    if picture.has_transparency_data:
        picture = _on_white(picture)
    if picture.mode not in ("1", "L"):
        picture = _converted(picture, "RGB")
    return _converted(picture, mode)


def _converted(picture: Image.Image, mode: str) -> Image.Image:
    return picture if picture.mode == mode else picture.convert(mode)


def _in_eight_bits(picture: Image.Image, source: Source) -> Image.Image:
    values = np.asarray(picture)
    if values.min() < 0 or values.max() > _WIDEST_INTEGER:
        raise _unreadable(source, f"one of integers from {values.min()} to {values.max()}")
    pixels = np.rint(values / np.float32(257)).astype(np.uint8)
    if "transparency" in picture.info:
        pixels[values == picture.info["transparency"]] = WHITE
    return Image.fromarray(pixels)


def _on_white(picture: Image.Image) -> Image.Image:
    straight = {"La": "LA", "RGBa": "RGBA"}.get(picture.mode)  # of premultiplied colours
    if straight is not None:
        picture = picture.convert(straight)
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture.convert("RGBA"))


def _in_size(picture: Image.Image, form: PictureForm) -> Image.Image:
    if form.size in (None, (picture.height, picture.width)):
        return picture
    assert form.size is not None
    height, width = form.size
    ratios = width / picture.width, height / picture.height
    if form.fit == "pad":
        inner_width, inner_height = (max(1, round(n * min(ratios))) for n in picture.size)
        padded = Image.new(picture.mode, (width, height), "white")
        inner = picture.resize((inner_width, inner_height), Image.Resampling.BILINEAR)
        padded.paste(inner, ((width - inner_width) // 2, (height - inner_height) // 2))
        return padded
    left = top = 0.0
    if form.fit == "crop":
        left = max(0.0, (picture.width - width / max(ratios)) / 2)
        top = max(0.0, (picture.height - height / max(ratios)) / 2)
    box = (left, top, picture.width - left, picture.height - top)
    return picture.resize((width, height), Image.Resampling.BILINEAR, box=box)


# --- messages ----------------------------------------------------------------------------------


def name_of(source: Source | None) -> str:
    """Return what messages call a picture."""
    if source is None:
        return "a missing value"
    if isinstance(source, bytes):
        return f"the {len(source):,} bytes of a picture"
    if isinstance(source, Image.Image):
        width, height = source.size
        return f"the Pillow image of {height} x {width} pixels in mode {source.mode!r}"
    return repr(os.fspath(source))


def some_of(names: Sequence[str]) -> str:
    """Return the first few names of pictures, and how many others there are."""
    others = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {others} others" if others > 0 else "")


def cannot_open(path: str | os.PathLike[str], error: Any) -> Exception:
    """Return the error that tells why a file cannot be opened, of the same type."""
    return type(error)(
        f"Cannot read {name_of(path)} ({error.strerror}); expected the file of a picture. Correct "
        "the path, or leave it out."
    )


def _damaged(error: Exception) -> str:
    return f"a damaged or truncated one ({type(error).__name__}: {error})"


def _unreadable(source: Source, received: str) -> UnreadablePictureError:
    return UnreadablePictureError(
        f"Cannot read {name_of(source)}: expected a picture of a kind that Pillow reads, of 8 or "
        f"16 bits a channel; received {received}. Replace it, or leave it out."
    )

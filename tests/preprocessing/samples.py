"""The transformers of images, and the dtypes of pixels, that tests go through."""

from skcnn.preprocessing import ImageFlattener, ImageReshaper, PixelScaler

NUMERIC_DTYPES = ["uint8", "int16", "int64", "bool", "float16", "float32", "float64"]


def image_transformers():
    """Return one of each kind, for images of 2 x 3 pixels in 2 channels."""
    return [ImageReshaper((2, 3, 2)), ImageFlattener(), PixelScaler()]

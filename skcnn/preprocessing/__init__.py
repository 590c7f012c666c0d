"""Bring images and labels into the shape, the range and the dtype that a network expects.

Six scikit-learn transformers: :class:`ImageLoader` reads pictures from files,
:class:`DigitNormalizer` brings handwritten digits into the form of MNIST, :class:`ImageReshaper`
and :class:`ImageFlattener` go from rows to images and back, :class:`PixelScaler` brings pixels to
0..1 and :class:`LabelOneHotEncoder` writes labels as one-hot rows.  Nothing is copied that need
not be, and no array of 64-bit floats is made of pixels that take 8 bits.

For those of images a sample is a row of pixels or an image, and ``n_features_in_`` counts its
pixels.  Samples come as an array, a tensor of TensorFlow, PyTorch or JAX, a dask array, a data
set of h5py or what the loader gives; or one by one, as arrays or Pillow images in a list, a Series
or a table's only column.

Images are no table: arrays of three or four dimensions stay arrays, whatever scikit-learn's
``transform_output`` says, and ImageLoader and ImageReshaper, which return nothing else, refuse a
request for tables.
"""

from skcnn.preprocessing._digit_normalizing import DigitNormalizer
from skcnn.preprocessing._loading import ImageLoader
from skcnn.preprocessing._one_hot import LabelOneHotEncoder
from skcnn.preprocessing._reshaping import ImageFlattener, ImageReshaper
from skcnn.preprocessing._scaling import PixelScaler

__all__ = [
    "DigitNormalizer",
    "ImageFlattener",
    "ImageLoader",
    "ImageReshaper",
    "LabelOneHotEncoder",
    "PixelScaler",
]

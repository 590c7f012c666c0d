"""What all transformers of images take and refuse."""

import re

import h5py
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from scipy.sparse import csr_array
from sklearn.base import clone

from skcnn.preprocessing import ImageFlattener, ImageReshaper, PixelScaler
from tests.preprocessing.samples import image_transformers


@pytest.mark.parametrize("transformer", image_transformers())
@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (csr_array(np.eye(12)), TypeError, "Sparse data was passed"),
        (np.full((2, 12), "a"), ValueError, "expected numbers in X; received 'a'"),
        (np.full((2, 2, 3, 2), "a"), ValueError, "expected numbers in X; received 'a'"),
        (np.full((2, 12), {}, dtype=object), TypeError, "float"),
        (np.ones((2, 12), dtype=complex), ValueError, "Complex data not supported"),
        (np.full((2, 2, 3, 2), np.nan), ValueError, "Input X contains NaN"),
        (np.full((2, 12), np.inf), ValueError, "Input X contains infinity"),
        (np.empty((0, 12)), ValueError, r"0 sample\(s\)"),
        (np.empty((0, 2, 3, 2)), ValueError, r"0 sample\(s\)"),
        (np.ones(12), ValueError, "Reshape your data"),
        (pd.Series(np.ones(12)), ValueError, "2-dimensional container"),
        ([np.ones((2, 3, 2)), np.ones((2, 2, 2))], ValueError, "images in X differ in shape"),
        ([[1, 2, 3], [1, 2]], ValueError, "images in X differ in shape"),
    ],
)
def test_bad_input_is_refused_in_fit_and_in_transform(transformer, X, error, message, images):
    with pytest.raises(error, match=message):
        clone(transformer).fit(X)
    with pytest.raises(error, match=message):
        clone(transformer).fit(images).transform(X)


@pytest.mark.parametrize("transformer", [ImageFlattener(), PixelScaler()])
def test_images_need_pixels_and_at_most_four_dimensions(transformer):
    with pytest.raises(ValueError, match=r"0 feature\(s\) \(shape=\(3, 0, 2\)\)"):
        transformer.fit(np.ones((3, 0, 2)))
    with pytest.raises(ValueError, match="dim 5, while dim <= 4 is required"):
        transformer.fit(np.ones((2, 2, 2, 2, 2)))


@pytest.mark.parametrize("transformer", [ImageFlattener(), PixelScaler()])
@pytest.mark.parametrize("shape", [(6, 12), (6, 3, 2, 2), (6, 4, 3), (6, 2, 3, 1)])
def test_other_image_shape_in_transform_is_refused(transformer, shape, images):
    transformer = clone(transformer).fit(images)
    wanted = re.escape(
        f"expected X of shape (n_samples, 2, 3, 2), but received X of shape {shape}"
    )
    with pytest.raises(ValueError, match=f"{wanted}.*fit again"):
        transformer.transform(np.zeros(shape))


@pytest.mark.parametrize("transformer", [*image_transformers()])
def test_single_image_without_its_axis_is_recognised(transformer, images):
    transformer = clone(transformer).fit(images)
    with pytest.raises(ValueError, match=r"X\[np.newaxis\]"):
        transformer.transform(images[0])


@pytest.mark.parametrize("transformer", image_transformers())
def test_one_sample_is_enough(transformer, images):
    assert len(clone(transformer).fit_transform(images[:1])) == 1


# what comes in


def in_tensorflow(images):
    import tensorflow as tf

    return tf.constant(images)


def in_torch(images):
    return pytest.importorskip("torch").tensor(images)


def in_jax(images):
    return pytest.importorskip("jax.numpy").asarray(images)


def in_dask(images):
    return pytest.importorskip("dask.array").from_array(images, chunks=(2, 2, 3))


def in_a_file(images):
    # a file that lives in memory
    file = h5py.File("images.h5", "w", driver="core", backing_store=False)
    return file.create_dataset("images", data=images)


def in_an_object_array(images):
    objects = np.empty(len(images), dtype=object)
    objects[:] = list(images)
    return objects


KINDS = {
    "tensor of TensorFlow": in_tensorflow,
    "tensor of PyTorch": in_torch,
    "array of JAX": in_jax,
    "array of dask": in_dask,
    "data set of h5py": in_a_file,
    "nested lists": lambda images: images.tolist(),
    "list of arrays": list,
    "tuple of arrays": tuple,
    "object array": in_an_object_array,
    "Series of arrays": lambda images: pd.Series(list(images), index=list("abcdef")),
    "column of a table": lambda images: pd.DataFrame({"image": list(images)})["image"],
    "table of one column": lambda images: pd.DataFrame({"image": list(images)}),
    "list of Pillow's": lambda images: [Image.fromarray(image) for image in images],
    "Series of Pillow's": lambda images: pd.Series([Image.fromarray(i) for i in images]),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("transformer", [ImageReshaper((2, 3)), ImageFlattener(), PixelScaler()])
def test_images_of_every_kind_give_what_arrays_give(transformer, kind, images):
    images = np.ascontiguousarray(images[..., 0])
    X = KINDS[kind](images)
    expected = clone(transformer).fit_transform(images)

    assert_array_equal(transformer.fit_transform(X), expected)
    assert_array_equal(transformer.transform(X), expected)
    assert type(transformer.transform(X)) is np.ndarray
    assert transformer.n_features_in_ == 6
    assert not hasattr(transformer, "feature_names_in_")
    assert len(transformer.get_feature_names_out()) == 6


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["data set of h5py", "tensor of PyTorch", "object array"])
def test_the_way_back_takes_every_kind_too(images, kind):
    images = np.ascontiguousarray(images[..., 0])
    scaler = PixelScaler().fit(images)
    scaled = scaler.transform(images)

    assert_array_equal(scaler.inverse_transform(KINDS[kind](scaled)), images)


def test_colour_pictures_of_pillow_have_three_channels():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 2, 3, 3), dtype=np.uint8)
    pictures = [Image.fromarray(image) for image in pixels]

    images = ImageReshaper((2, 3, 3)).fit_transform(pictures)

    assert_array_equal(images, pixels, strict=True)


def test_rows_of_pixels_in_one_column_are_rows(rows):
    assert_array_equal(ImageFlattener().fit_transform(pd.Series(list(rows))), rows)


@pytest.mark.parametrize("container", [list, pd.Series])
@pytest.mark.parametrize("transformer", image_transformers())
def test_the_first_image_of_another_shape_is_named(transformer, container, images):
    different = container([*images[:2], images[2, :, :2], images[3, :1], *images[4:]])
    message = re.escape("first has shape (2, 3, 2), and the image at index 2 has shape (2, 2, 2).")

    with pytest.raises(ValueError, match=f"{message} Resize or crop"):
        clone(transformer).fit(different)


def test_grey_and_colour_pictures_do_not_mix():
    pictures = [Image.new("L", (3, 2)), Image.new("L", (3, 2)), Image.new("RGB", (3, 2))]

    with pytest.raises(ValueError, match=r"index 2 has shape \(2, 3, 3\).*number of channels"):
        PixelScaler().fit(pictures)


@pytest.mark.parametrize("transformer", image_transformers())
def test_a_single_picture_of_pillow_is_recognised(transformer):
    with pytest.raises(ValueError, match=r"single image of 2 x 3 pixels.*\[image\]"):
        clone(transformer).fit(Image.new("RGB", (3, 2)))


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1), (2, 3, 2)])
def test_fit_of_a_reshaper_recognises_a_single_image(shape):
    with pytest.raises(ValueError, match=r"A single image needs a leading axis.*X\[np.newaxis\]"):
        ImageReshaper(shape).fit(np.zeros(shape))

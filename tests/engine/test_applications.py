"""Networks of ``keras.applications``: names, preprocessing, and weights that are downloaded."""

import http.server
import sys
import threading

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skcnn import CNNFeatureExtractor
from skcnn._engine.applications import (
    application,
    application_named,
    application_names,
    preprocessing_of,
)
from skcnn._engine.lending import lent_networks
from skcnn._engine.remembering import features_seen

WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_96_no_top.h5"


@pytest.fixture(scope="module")
def mobile_net():
    return keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(96, 96, 3))


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(256, size=(3, 96, 96, 3), dtype=np.uint8)


def test_names_are_understood_in_any_spelling():
    assert "EfficientNetV2B0" in application_names()
    for spelled in ("MobileNetV2", "mobilenet_v2", "MOBILENET-V2"):
        assert application_named(spelled) == "MobileNetV2"
    assert application_named("mobilenet_v9") is None


@pytest.mark.slow
@pytest.mark.parametrize("name", application_names())
def test_preprocessing_is_that_of_the_networks_own_module(name):
    module = sys.modules[getattr(keras.applications, name).__module__]
    colours = np.random.default_rng(0).uniform(0, 255, size=(2, 4, 4, 3)).astype(np.float32)
    expected = module.preprocess_input(colours.copy())
    preprocess = preprocessing_of(name)

    given = colours if preprocess is None else np.asarray(preprocess(colours))
    assert_allclose(given, expected, rtol=1e-4, atol=2e-5)


@pytest.mark.slow
def test_features_are_those_of_keras_own_way(mobile_net, images):
    extractor = CNNFeatureExtractor("MobileNetV2", weights=None).fit(images)
    base = extractor.network_.get_layer("mobilenetv2_1.00_96")
    by_hand = keras.applications.MobileNetV2(
        weights=None, include_top=False, input_shape=(96, 96, 3), pooling="avg"
    )
    by_hand.set_weights(base.get_weights())
    inputs = keras.applications.mobilenet_v2.preprocess_input(images.astype(np.float32))
    expected = by_hand.predict(inputs, verbose=0)

    scale = expected.max()
    assert scale > 0
    assert_allclose(extractor.transform(images) / scale, expected / scale, atol=1e-4)
    assert extractor.get_feature_names_out().shape == (1280,)


@pytest.mark.slow
def test_random_weights_are_the_same_in_each_fit_and_images_may_be_grey_and_small(images):
    small = images[:, :32, :32, 0]
    first = CNNFeatureExtractor("mobilenet_v2", weights=None, image_size=64)
    expected = first.fit_transform(small)
    features_seen.clear()
    lent_networks.clear()

    again = CNNFeatureExtractor("mobilenet_v2", weights=None, image_size=(64, 64))
    assert_array_equal(again.fit_transform(small), expected)
    in_colours = np.repeat(small[..., np.newaxis], 3, axis=3)
    assert_array_equal(clone(again).fit_transform(in_colours), expected)


@pytest.mark.slow
def test_images_that_a_network_cannot_take_are_refused(images):
    for X, message in [
        (images[:, :8, :8], "no images of 8 x 8 pixels. Pass image_size"),
        (images.reshape(3, -1), "takes images; received X with samples of shape"),
        (np.zeros((3, 96, 96, 4)), "Give images 3 channels"),
    ]:
        with pytest.raises(ValueError, match=message):
            CNNFeatureExtractor("MobileNetV2", weights=None).fit(X)


# --- weights -----------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serve a folder as if it were Keras' own, with a cache in a folder of its own."""
    served, home = tmp_path / "served", tmp_path / "home"
    served.mkdir()
    home.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(served))

        def log_message(self, *args):
            pass

    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    module = sys.modules["keras.src.applications.mobilenet_v2"]
    monkeypatch.setattr(module, "BASE_WEIGHT_PATH", f"http://127.0.0.1:{web.server_port}/")
    monkeypatch.setattr("skcnn._engine.applications.home_of_keras", lambda: str(home))
    yield served, home
    web.shutdown()
    web.server_close()


@pytest.fixture(scope="module")
def file_of_weights(mobile_net, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / WEIGHTS
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, mobile_net)
    return path


def mobile_net_with(weights):
    return application("MobileNetV2", (96, 96), weights, seed=3)


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
def test_weights_are_downloaded_once(server, file_of_weights, mobile_net):
    served, home = server
    (served / WEIGHTS).write_bytes(file_of_weights.read_bytes())

    for _ in range(2):
        network = mobile_net_with("imagenet")
        assert all(map(np.array_equal, network.get_weights(), mobile_net.get_weights()))
        assert files_in(home) == [WEIGHTS]
        (served / WEIGHTS).unlink(missing_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("content", ["text", "half"])
def test_a_damaged_download_is_named_and_not_kept(server, file_of_weights, content):
    served, home = server
    half = file_of_weights.read_bytes()[:100_000]
    (served / WEIGHTS).write_bytes(b"<html>" if content == "text" else half)

    with pytest.raises(ValueError, match=f"{WEIGHTS}.*a whole file .* has been removed again"):
        mobile_net_with("imagenet")
    assert files_in(home) == []


@pytest.mark.slow
def test_a_damaged_file_in_the_cache_is_named_and_kept(server):
    _, home = server
    (home / "models").mkdir()
    (home / "models" / WEIGHTS).write_bytes(b"half")

    with pytest.raises(ValueError, match=f"{WEIGHTS}.*Delete the file to have it downloaded"):
        mobile_net_with("imagenet")
    assert files_in(home) == [WEIGHTS]


@pytest.mark.slow
def test_a_download_that_fails_says_what_to_do(server):
    with pytest.raises(OSError, match=f"{WEIGHTS}, could not be downloaded: .*404.*weights=PATH"):
        mobile_net_with("imagenet")
    assert files_in(server[1]) == []


@pytest.mark.slow
def test_a_download_that_is_interrupted_leaves_nothing(server, file_of_weights, monkeypatch):
    def interrupted(origin, target, *_):
        with open(target, "wb") as file:
            file.write(b"half")
        assert len(files_in(server[1])) == 1
        raise KeyboardInterrupt

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", interrupted)
    with pytest.raises(KeyboardInterrupt):
        mobile_net_with("imagenet")
    assert files_in(server[1]) == []


@pytest.mark.slow
def test_weights_of_a_file(file_of_weights, mobile_net, tmp_path):
    network = mobile_net_with(file_of_weights)
    assert all(map(np.array_equal, network.get_weights(), mobile_net.get_weights()))

    (tmp_path / "other.h5").write_bytes(b"text")
    with pytest.raises(ValueError, match=r"cannot take the weights in .*other\.h5"):
        mobile_net_with(tmp_path / "other.h5")
    with pytest.raises(FileNotFoundError, match=r"no file 'none.h5'.*or None for random weights"):
        mobile_net_with("none.h5")

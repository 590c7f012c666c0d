import gc
import os
import random
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

import skcnn
from skcnn import cli, load_digit_images

os.environ.setdefault("MPLBACKEND", "agg")


def pytest_collection_finish():
    """Leave TensorFlow's objects and the tests themselves out of every search for garbage.

    They stay to the end.  To go through them again and again took a seventh of the tests' time.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def same_chance_in_every_run():
    """Let what a test leaves to chance be the same in every run; networks draw from both."""
    random.seed(0)
    np.random.seed(0)


@pytest.fixture(scope="session")
def digits():
    """Return 400 digits as uint8 images and their labels, all ten classes."""
    images, labels = load_digit_images(return_X_y=True)
    return images[:400], labels[:400]


@pytest.fixture(scope="session")
def scaled_digits(digits):
    images, labels = digits
    return (images / 255).astype(np.float32), labels


@pytest.fixture(scope="session")
def cnn_pipeline(digits):
    """Return a Pipeline from bytes to a small CNN, trained on the digits for a few epochs."""
    cnn = skcnn.CNNClassifier((4, 6), epochs=6, batch_size=32, dense_units=12, random_state=0)
    steps = [
        ("reshape", skcnn.ImageReshaper((8, 8, 1))),
        ("scale", skcnn.PixelScaler()),
        ("cnn", cnn),
    ]
    return Pipeline(steps).fit(*digits)


@pytest.fixture(scope="session")
def mlp_pipeline(digits):
    """Return a Pipeline to an MLP without a held-out part."""
    mlp = skcnn.MLPClassifier(
        (16,), epochs=2, validation_split=0, early_stopping=False, random_state=0
    )
    return Pipeline(
        [("flatten", skcnn.ImageFlattener()), ("scale", skcnn.PixelScaler()), ("mlp", mlp)]
    ).fit(*digits)


@pytest.fixture
def closed_figures():
    """Draw without windows, and leave no figure open."""
    from matplotlib import pyplot as plt

    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture
def eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def skcnn_here(monkeypatch, tmp_path, capsys, eighty_columns):
    """Return a function that runs the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        status = cli.main([str(argument) for argument in arguments])
        return SimpleNamespace(status=status, **capsys.readouterr()._asdict())

    return run


@pytest.fixture
def pretended_data(monkeypatch):
    """Let fetched data sets be small: pixels of MNIST are 1, of Fashion-MNIST 2, of CIFAR-10 3."""
    kinds = {
        "fetch_mnist": ((28, 28), list("0123")),
        "fetch_fashion_mnist": ((28, 28), ["Top", "Coat", "Bag", "Boot"]),
        "fetch_cifar10": ((32, 32, 3), ["bird", "cat", "deer", "dog"]),
    }
    for pixel, (name, (shape, names)) in enumerate(kinds.items(), start=1):
        data = SimpleNamespace(
            X_train=np.full((40, *shape), pixel, dtype=np.uint8),
            y_train=np.repeat(np.arange(4, dtype=np.uint8), 10),
            X_test=np.full((8, *shape), pixel, dtype=np.uint8),
            y_test=np.repeat(np.arange(4, dtype=np.uint8), 2),
            target_names=names,
        )
        monkeypatch.setattr(skcnn, name, lambda data=data: data)

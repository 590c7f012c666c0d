"""How large what a model gives is, and how many samples therefore pass it at a time."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from skcnn import build_cnn, build_mlp
from skcnn._engine.models import bytes_of_outputs
from skcnn._engine.predicting import ForwardPass, _chunk

FLOAT = 4  # bytes


def sequential(*layers, shape=(10, 10, 1)):
    return keras.Sequential([keras.Input(shape), *layers])


def test_what_a_layer_takes_and_gives_counts_together():
    model = sequential(
        keras.layers.Conv2D(8, 3), keras.layers.Conv2D(6, 3), keras.layers.Flatten()
    )

    assert bytes_of_outputs(model, (10, 10, 1)) == (8 * 8 * 8 + 6 * 6 * 6) * FLOAT


def test_networks_inside_a_network_are_looked_into():
    wide = sequential(keras.layers.Conv2D(50, 1), keras.layers.Conv2D(1, 1))
    model = sequential(wide, keras.layers.Flatten(), keras.layers.Dense(2))

    assert bytes_of_outputs(model, (10, 10, 1)) >= 100 * 50 * FLOAT


def test_a_layer_that_is_used_more_than_once_counts():
    inputs = keras.Input((10, 10, 40))
    twice = keras.layers.Conv2D(40, 1)
    outputs = keras.layers.GlobalAveragePooling2D()(twice(twice(inputs)))
    model = keras.Model(inputs, outputs)

    assert bytes_of_outputs(model, (10, 10, 40)) >= 100 * 80 * FLOAT


def test_half_precision_takes_half_the_memory():
    def build(dtype):
        return sequential(
            keras.layers.Conv2D(8, 3, dtype=dtype), keras.layers.Conv2D(8, 3, dtype=dtype)
        )

    whole, half = (bytes_of_outputs(build(d), (10, 10, 1)) for d in ("float32", "float16"))

    assert half == whole / 2


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.convolution, self.pool = keras.layers.Conv2D(64, 3), keras.layers.Flatten()

    def call(self, x):
        return self.pool(self.convolution(x))


def test_a_model_without_a_graph_is_guessed_by_its_samples():
    model = Subclassed()
    model(np.zeros((1, 10, 10, 1), np.float32))

    assert bytes_of_outputs(model, (10, 10, 1)) == 64 * 100 * FLOAT


@pytest.mark.parametrize(
    ("model", "shape", "chunk"),
    [
        (lambda: build_mlp((784,), 10), (784,), (960, 24)),
        (lambda: build_cnn((28, 28, 1), 10), (28, 28, 1), (1024, 1)),
        (lambda: build_cnn((224, 224, 3), 10, pooling="each"), (224, 224, 3), (32, 1)),
        (
            lambda: sequential(keras.layers.Conv2D(64, 1), shape=(4000, 4000, 3)),
            (4000, 4000, 3),
            (1, 1),
        ),
    ],
    ids=["mlp", "MNIST", "photographs", "enormous"],
)
def test_as_many_samples_pass_at_a_time_as_memory_allows(model, shape, chunk):
    assert _chunk(model(), shape) == chunk


@pytest.mark.slow
def test_chunks_give_what_all_samples_give_at_once(monkeypatch):
    model = build_cnn((8, 8, 1), 3)
    x = np.random.default_rng(0).random((50, 8, 8, 1), dtype=np.float32)
    at_once = ForwardPass(model, (8, 8, 1))(x)
    monkeypatch.setattr("skcnn._engine.predicting._MOST_BYTES", 300_000)
    chunked = ForwardPass(model, (8, 8, 1))

    assert chunked._chunk == 24
    np.testing.assert_allclose(chunked(x), at_once, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux")
def test_photographs_are_predicted_within_a_gigabyte():
    code = """
from pathlib import Path
import numpy as np
from skcnn import build_cnn
from skcnn._engine.predicting import ForwardPass

def kilobytes(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))

x = np.random.default_rng(0).random((100, 224, 224, 3), dtype=np.float32)
forward = ForwardPass(build_cnn((224, 224, 3), 10), (224, 224, 3))
Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
held = kilobytes("VmRSS")
forward(x)
print((kilobytes("VmHWM") - held) / 2**20)
"""
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert float(process.stdout) < 1

"""The same random_state gives the same predictions, and no global state is touched."""

import hashlib
import random
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from joblib import Parallel, delayed
from tensorflow.python.framework import config

from skcnn import CNNClassifier, MLPClassifier, load_digit_images
from skcnn._engine.seeding import seeded

pytestmark = pytest.mark.slow

CLASSIFIERS = {
    "mlp": MLPClassifier((16,), dropout=0.2, epochs=2, random_state=3),
    "cnn": CNNClassifier((4, 8), dense_units=16, epochs=2, random_state=3),
}


@pytest.fixture(params=CLASSIFIERS)
def name(request):
    return request.param


def fit_and_predict(name):
    images, labels = load_digit_images(return_X_y=True)
    X, y = (images[:400] / 255).astype(np.float32), labels[:400]
    return CLASSIFIERS[name].fit(X, y).predict_proba(X)


def test_in_one_process(name):
    first = fit_and_predict(name)
    keras.utils.set_random_seed(99)
    np.testing.assert_array_equal(fit_and_predict(name), first)


def test_in_a_fresh_process(name):
    code = f"""
        import hashlib, random, sys
        sys.path.insert(0, {str(Path(__file__).parents[2])!r})
        random.seed(17)
        from tests.estimators.test_reproducibility import fit_and_predict
        print(hashlib.sha256(fit_and_predict({name!r}).tobytes()).hexdigest())
    """
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )

    assert process.stdout.strip() == hashlib.sha256(fit_and_predict(name).tobytes()).hexdigest()


def test_in_joblib_workers_up_to_rounding(name):
    expected = fit_and_predict(name)

    for got in Parallel(n_jobs=2)(delayed(fit_and_predict)(name) for _ in range(2)):
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-5)


def test_in_many_threads_at_once(scaled_digits):
    X, y = scaled_digits

    def work(seed):
        classifier = CNNClassifier((4,), dense_units=8, epochs=2, random_state=seed)
        return classifier.fit(X, y).predict_proba(X)

    expected = [work(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for got, wanted in zip(pool.map(work, range(4)), expected, strict=True):
            np.testing.assert_array_equal(got, wanted)


def test_while_other_threads_draw_random_numbers(name):
    expected = fit_and_predict(name)
    done = threading.Event()

    def draw():
        while not done.wait(1e-5):
            random.random()

    drawing = threading.Thread(target=draw)
    drawing.start()
    try:
        got = [fit_and_predict(name) for _ in range(3)]
    finally:
        done.set()
        drawing.join()

    for predictions in got:
        np.testing.assert_array_equal(predictions, expected)


def test_other_threads_draw_seeds_for_keras_as_ever():
    def draw():
        return int(keras.random.SeedGenerator().state.numpy()[0])

    seeds = []
    with seeded(0):
        random.seed(5)  # what the other thread draws from, inside the block too
        other = threading.Thread(target=lambda: seeds.append(draw()))
        other.start()
        other.join()
        own = draw()

    assert seeds == [random.Random(5).randint(1, int(1e9))]
    assert own == random.Random(0).randint(1, int(1e9))


def test_another_seed_gives_other_predictions(scaled_digits):
    X, y = scaled_digits
    first, second = (
        MLPClassifier((16,), epochs=1, random_state=seed).fit(X, y).predict_proba(X)
        for seed in (0, 1)
    )

    assert not np.allclose(first, second)


def test_without_a_seed_every_fit_differs_even_after_a_global_one(scaled_digits):
    X, y = scaled_digits
    predictions = []
    for _ in range(2):
        keras.utils.set_random_seed(0)
        predictions.append(MLPClassifier((16,), epochs=1).fit(X, y).predict_proba(X))

    assert not np.allclose(*predictions)


def test_a_random_state_moves_on_as_scikit_learns_do(scaled_digits):
    X, y = scaled_digits

    def two_fits():
        classifier = MLPClassifier((16,), epochs=1, random_state=np.random.RandomState(0))
        return [classifier.fit(X, y).predict_proba(X) for _ in range(2)]

    first, second = two_fits(), two_fits()

    assert not np.allclose(first[0], first[1])
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("random_state", [None, 0])
def test_global_random_states_are_left_alone(scaled_digits, random_state):
    def draw():
        return random.random(), np.random.random(), tf.random.uniform(()).numpy()

    def reset():
        random.seed(1)
        np.random.seed(1)
        tf.random.set_seed(1)

    X, y = scaled_digits
    reset()
    expected = draw()
    reset()
    MLPClassifier((16,), epochs=1, random_state=random_state).fit(X, y).predict(X)

    assert draw() == expected


def test_settings_of_tensorflow_and_keras_are_left_alone(scaled_digits):
    def settings():
        return {
            "floatx": keras.config.floatx(),
            "epsilon": keras.config.epsilon(),
            "image_data_format": keras.config.image_data_format(),
            "dtype_policy": keras.config.dtype_policy().name,
            "traceback_filtering": keras.config.is_traceback_filtering_enabled(),
            "interactive_logging": keras.config.is_interactive_logging_enabled(),
            "deterministic": config.is_op_determinism_enabled(),
            "run_eagerly": tf.config.functions_run_eagerly(),
            "intra": tf.config.threading.get_intra_op_parallelism_threads(),
            "inter": tf.config.threading.get_inter_op_parallelism_threads(),
            "soft_placement": tf.config.get_soft_device_placement(),
            "jit": tf.config.optimizer.get_jit(),
            "custom_objects": sorted(keras.saving.get_custom_objects()),
        }

    X, y = scaled_digits
    before = settings()
    classifier = CNNClassifier((4,), epochs=1, random_state=0).fit(X, y)
    classifier.predict(X)

    assert settings() == before


def test_unseeded_random_ops_still_work_after_a_fit(scaled_digits):
    MLPClassifier((16,), epochs=1, random_state=0).fit(*scaled_digits)

    assert tf.random.uniform((2,)).shape == (2,)
    assert keras.random.normal((2,)).shape == (2,)


def test_another_model_in_the_process_trains_on_as_if_alone(scaled_digits):
    """A user's own model, half trained before our fit, ends where it would have ended."""
    X, y = scaled_digits

    def train(between):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [
                keras.Input((8, 8)),
                keras.layers.Flatten(),
                keras.layers.Dropout(0.5),
                keras.layers.Dense(10, "softmax"),
            ]
        )
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(X, y, epochs=1, verbose=0)
        between()
        model.fit(X, y, epochs=1, verbose=0)
        return model.get_weights()

    def ours():
        MLPClassifier((16,), epochs=1, random_state=5).fit(X, y).predict(X)

    for alone, beside in zip(train(lambda: None), train(ours), strict=True):
        np.testing.assert_array_equal(alone, beside)

"""What belongs to Keras and to the whole process is as if skcnn had never been imported."""

import copy
import pickle
import random
import subprocess
import sys
import textwrap
import threading

import keras
import numpy as np
import pytest

from skcnn import CNNClassifier, KerasClassifier, MLPClassifier
from skcnn._engine.untouched import keras_untouched

FAST = {"epochs": 1, "random_state": 0}


def run(code):
    """Run code in a process of its own, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()


METHODS = """
import copyreg, keras
KINDS = keras.Model, keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer
NAMES = "__reduce__", "__reduce_ex__", "__deepcopy__", "__copy__", "__getstate__", "__setstate__"
def methods():
    found = {(kind, name): getattr(kind, name, None) for kind in KINDS for name in NAMES}
    return found | {kind: dict(vars(kind)) for kind in KINDS}
"""


@pytest.mark.slow
@pytest.mark.parametrize("imported", ["KerasClassifier", "CNNClassifier, MLPClassifier"])
def test_importing_a_classifier_leaves_the_methods_of_keras_as_they_were(imported):
    code = f"""
        {textwrap.indent(METHODS, " " * 8).strip()}
        before, table = methods(), dict(copyreg.dispatch_table)
        from skcnn import {imported}
        after = methods()
        assert before.keys() == after.keys()
        for place, method in before.items():
            if isinstance(place, tuple):
                assert after[place] is method, place
            else:
                assert after[place].keys() == method.keys(), place
                assert all(after[place][name] is method[name] for name in method), place
        assert copyreg.dispatch_table == table
        import sys
        print(any(name.split(".")[0] == "scikeras" for name in sys.modules))
    """

    assert run(code) == [str(imported == "KerasClassifier")]


@pytest.mark.slow
def test_a_model_of_the_users_own_with_a_lambda_layer_pickles_and_copies():
    code = """
        import copy, pickle
        import keras, numpy as np
        from skcnn import KerasClassifier
        layers = [keras.Input((3,)), keras.layers.Lambda(lambda x: x * 2.0), keras.layers.Dense(1)]
        model = keras.Sequential(layers)
        x = np.ones((2, 3), "float32")
        for copied in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
            np.testing.assert_array_equal(copied(x), model(x))
        print("done")
    """

    assert run(code) == ["done"]


@pytest.mark.slow
def test_who_imported_scikeras_before_keeps_what_it_did():
    code = f"""
        {textwrap.indent(METHODS, " " * 8).strip()}
        import scikeras
        from scikeras import _saving_utils
        before = methods()
        from skcnn import KerasClassifier
        assert methods() == before
        assert keras.Model.__reduce__ is _saving_utils.pack_keras_model
        assert keras.Model.__deepcopy__ is _saving_utils.deepcopy_model
        print("kept")
    """

    assert run(code) == ["kept"]


def test_what_a_block_changes_is_undone_even_after_an_error(monkeypatch):
    before = dict(vars(keras.Model))

    def fail():
        with keras_untouched():
            keras.Model.__deepcopy__ = keras.Model.__reduce__ = keras.Model.fit = len
            keras.Model.of_the_block = 3
            raise ImportError("no such library")

    with pytest.raises(ImportError, match="no such library"):
        fail()
    assert dict(vars(keras.Model)) == before


# --- fitted estimators ---------------------------------------------------------------------------


class Doubling(keras.layers.Layer):
    """A layer of a module that nobody has registered."""

    def call(self, x):
        return 2 * x


@keras.saving.register_keras_serializable("tests")
class Halving(keras.layers.Layer):
    """A registered layer."""

    def call(self, x):
        return x / 2


def with_layer(kind):
    layer = keras.layers.Lambda(lambda x: 2 * x) if kind is None else kind()
    return keras.Sequential(
        [keras.Input((8, 8)), layer, keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Doubling, Halving, None])
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
def test_a_fitted_classifier_with_any_layer_pickles_and_copies(scaled_digits, kind, copied):
    X, y = scaled_digits
    classifier = KerasClassifier(with_layer, kind=kind, **FAST).fit(X, y)

    same = copied(classifier)
    np.testing.assert_array_equal(same.predict_proba(X), classifier.predict_proba(X))
    assert same.model_ is not classifier.model_
    assert same.get_params().keys() == classifier.get_params().keys()
    same.fit(X, y)


@pytest.mark.slow
@pytest.mark.parametrize(
    "setting",
    [
        {"optimizer": keras.optimizers.SGD(0.25)},
        {"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.25, 10, 0.5)},
        {"loss": keras.losses.CategoricalCrossentropy(label_smoothing=0.25)},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_a_classifier_with_objects_of_keras_pickles_and_copies(scaled_digits, setting):
    X, y = scaled_digits
    classifier = KerasClassifier(with_layer, kind=Doubling, **setting, **FAST)
    expected = classifier.fit(X, y).predict_proba(X)

    ((name, value),) = setting.items()
    for same in (copy.deepcopy(classifier), pickle.loads(pickle.dumps(classifier))):
        assert getattr(same, name).get_config() == value.get_config()
        np.testing.assert_array_equal(same.fit(X, y).predict_proba(X), expected)


# --- global generators ---------------------------------------------------------------------------


def draw():
    return random.random(), np.random.random()


def seed(number):
    random.seed(number)
    np.random.seed(number)


@pytest.mark.slow
def test_global_generators_are_seeded_only_while_the_builder_runs(scaled_digits):
    drawn = []

    class Listening(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            drawn.append(("epoch", draw()))

    def build():
        drawn.append(("builder", draw()))
        return with_layer(Doubling)

    for number in (1, 2):
        seed(number)
        KerasClassifier(build, callbacks=[Listening()], **FAST).fit(*scaled_digits)
        drawn.append(("after", draw()))
    first, second = dict(drawn[:3]), dict(drawn[3:])
    seed(1)
    undisturbed = [draw(), draw()]

    assert first["builder"] == second["builder"]
    assert [first["epoch"], first["after"]] == undisturbed
    assert second["epoch"] != first["epoch"]


def test_global_generators_are_restored_after_a_builder_that_fails(scaled_digits):
    def build():
        draw()
        raise RuntimeError("no network today")

    seed(1)
    expected = draw()
    seed(1)
    with pytest.raises(RuntimeError, match="no network today"):
        KerasClassifier(build, **FAST).fit(*scaled_digits)
    assert draw() == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    "classifier",
    [MLPClassifier((8,), dropout=0.5, epochs=1), CNNClassifier((2,), dense_units=4, epochs=1)],
    ids=["mlp", "cnn"],
)
def test_another_thread_draws_its_own_numbers_while_networks_of_ours_are_fitted(
    scaled_digits, classifier
):
    done, drawn = threading.Event(), []

    def work():
        while not done.wait(1e-5):
            drawn.append(draw())

    X, y = scaled_digits
    classifier.fit(X, y)
    seed(1)
    drawing = threading.Thread(target=work)
    drawing.start()
    try:
        for number in range(10):
            classifier.set_params(random_state=number).fit(X, y).predict(X[:3])
    finally:
        done.set()
        drawing.join()
    seed(1)

    assert len(drawn) > 10
    assert drawn == [draw() for _ in drawn]

"""What a classifier keeps: copies, pickles, archives, and the state around a fit."""

import copy
import io
import pickle

import joblib
import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.validation import check_is_fitted

from skcnn import CNNClassifier, KerasClassifier, MLPClassifier
from skcnn._engine import archives
from skcnn._engine.archives import as_archive, from_archive

cloudpickle = pytest.importorskip("cloudpickle")


@keras.saving.register_keras_serializable("tests.state")
class Doubled(keras.layers.Layer):
    def call(self, x):
        return x * 2


class NotRegistered(keras.layers.Layer):
    def call(self, x):
        return x * 2


def network_of(layer):
    def build(input_shape, n_classes):
        return keras.Sequential(
            [
                keras.Input(input_shape),
                layer(),
                keras.layers.Flatten(),
                keras.layers.Dense(n_classes, "softmax"),
            ]
        )

    return build


def doubled(input_shape, n_classes):
    return network_of(Doubled)(input_shape, n_classes)


def not_registered(input_shape, n_classes):
    return network_of(NotRegistered)(input_shape, n_classes)


def with_lambda(input_shape, n_classes):
    return network_of(lambda: keras.layers.Lambda(lambda x: x * 2))(input_shape, n_classes)


FAST = {"epochs": 2, "random_state": 0}


def small(**changes):
    return MLPClassifier((16,), **{**FAST, **changes})


@pytest.fixture(scope="module")
def data(scaled_digits):
    return scaled_digits


def through_pickle(thing):
    return pickle.loads(pickle.dumps(thing))


def through_joblib(thing):
    file = io.BytesIO()
    joblib.dump(thing, file)
    file.seek(0)
    return joblib.load(file)


def through_cloudpickle(thing):
    return cloudpickle.loads(cloudpickle.dumps(thing))


def through_skops(thing):
    skops = pytest.importorskip("skops.io")
    content = skops.dumps(thing)
    return skops.loads(content, trusted=skops.get_untrusted_types(data=content))


COPIES = {
    "pickle": through_pickle,
    "joblib": through_joblib,
    "cloudpickle": through_cloudpickle,
    "skops": through_skops,
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}


@pytest.fixture(params=COPIES)
def copied(request):
    return COPIES[request.param]


# --- copies


@pytest.mark.slow
def test_copies_of_a_fitted_pipeline_predict_the_same(copied, data):
    X, y = data[0].reshape(400, 64), data[1]
    pipeline = make_pipeline(MinMaxScaler(), CNNClassifier(2, dense_units=8, **FAST)).fit(X, y)
    other = copied(pipeline)

    np.testing.assert_array_equal(other.predict_proba(X), pipeline.predict_proba(X))
    assert other[-1].history_ == pipeline[-1].history_
    assert other[-1].n_iter_ == 2
    assert other[-1].classes_.tolist() == list(range(10))
    assert other[-1].get_params() == pipeline[-1].get_params()


@pytest.mark.slow
def test_copies_learn_on_as_the_first_does(copied, data):
    first = small(warm_start=True).fit(*data)
    other = copied(first)

    assert other.fit(*data).history_ == first.fit(*data).history_
    np.testing.assert_array_equal(other.predict_proba(data[0]), first.predict_proba(data[0]))


@pytest.mark.slow
def test_copies_of_an_unfitted_classifier_are_unfitted(copied, data):
    other = copied(small())

    assert other.get_params() == small().get_params()
    with pytest.raises(NotFittedError):
        check_is_fitted(other)
    np.testing.assert_array_equal(
        other.fit(*data).predict_proba(data[0]), small().fit(*data).predict_proba(data[0])
    )


def test_copies_of_a_copy_predict_the_same(copied, data):
    first = small().fit(*data)
    other = copied(copied(first))

    np.testing.assert_array_equal(other.predict_proba(data[0]), first.predict_proba(data[0]))


def test_what_predict_has_prepared_is_not_kept(data):
    classifier = small().fit(*data)
    before = pickle.dumps(classifier)
    classifier.predict(data[0])

    assert len(pickle.dumps(classifier)) == len(before)


def test_the_state_of_an_unfitted_classifier_is_its_parameters():
    classifier = small()
    state = classifier.__getstate__()

    assert state.keys() - {"_skcnn_version"} == vars(classifier).keys()
    assert not hasattr(classifier, "model_")


def test_the_state_of_a_fitted_classifier_holds_the_network_as_bytes(data):
    classifier = small().fit(*data)
    state = classifier.__getstate__()
    again = object.__new__(MLPClassifier)
    again.__setstate__(state)

    assert state["_network"].dtype == np.uint8
    assert isinstance(classifier.model_, keras.Model)
    np.testing.assert_array_equal(again.predict_proba(data[0]), classifier.predict_proba(data[0]))


def test_a_shallow_copy_that_is_fitted_leaves_the_first_alone(data):
    first = small().fit(*data)
    expected = first.predict_proba(data[0])
    copy.copy(first).set_params(random_state=1).fit(*data)

    np.testing.assert_array_equal(first.predict_proba(data[0]), expected)


# --- layers of one's own


@pytest.mark.slow
def test_networks_with_registered_layers_are_copied(copied, data):
    classifier = KerasClassifier(doubled, **FAST).fit(*data)

    np.testing.assert_array_equal(
        copied(classifier).predict_proba(data[0]), classifier.predict_proba(data[0])
    )


def sum_of_errors(y, outputs):
    return keras.ops.sum(keras.ops.abs(y - outputs), axis=-1)


def bent(x):
    return keras.ops.where(x > 0, x, x / 10)


class Odd(keras.initializers.Initializer):
    def __call__(self, shape, dtype=None):
        return keras.ops.ones(shape, dtype) / 9

    def get_config(self):
        return {}


class Slow(keras.optimizers.SGD):
    pass


def of_my_own(input_shape, n_classes):
    inner = keras.Sequential([keras.Input(input_shape), NotRegistered(), keras.layers.Flatten()])
    model = keras.Sequential(
        [
            keras.Input(input_shape),
            inner,
            keras.layers.Dense(8, activation=bent, kernel_initializer=Odd()),
            keras.layers.Dense(n_classes, "softmax"),
        ]
    )
    model.compile(Slow(0.1), loss=sum_of_errors, metrics=["accuracy", sum_of_errors])
    return model


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pickle", "joblib", "cloudpickle", "deepcopy", "copy"])
@pytest.mark.parametrize("builder", [not_registered, of_my_own, with_lambda])
def test_classes_and_functions_that_keras_does_not_know_are_pickled_by_reference(
    kind, builder, data
):
    classifier = KerasClassifier(builder, **FAST).fit(*data)
    other = COPIES[kind](COPIES[kind](classifier))

    np.testing.assert_array_equal(other.predict_proba(data[0]), classifier.predict_proba(data[0]))
    assert other.model_.compiled


def test_a_copy_shares_the_network_and_a_deep_copy_does_not(data):
    classifier = small().fit(*data)

    assert copy.copy(classifier).model_ is classifier.model_
    assert copy.deepcopy(classifier).model_ is not classifier.model_


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
def test_a_model_of_another_kind_of_pickle_is_taken_as_it_is(data):
    classifier = small().fit(*data)
    again = object.__new__(MLPClassifier)
    again.__setstate__(dict(vars(classifier)))

    assert again.model_ is classifier.model_


def test_code_in_an_archive_is_not_run():
    archive = as_archive(with_lambda((8, 8), 10))

    with pytest.raises(ValueError, match=r"holds code.*Lambda.*not run.*by pickle"):
        from_archive(archive)


def test_a_layer_that_is_not_known_when_an_archive_is_read_is_told(data):
    model = not_registered((8, 8), 10)

    with pytest.raises(ValueError, match="register_keras_serializable"):
        from_archive(as_archive(model))


def test_a_lambda_layer_does_not_come_out_of_skops(data):
    classifier = KerasClassifier(with_lambda, **FAST).fit(*data)

    with pytest.raises(ValueError, match=r"code.*not run"):
        through_skops(classifier)


def test_bytes_that_are_no_archive_are_refused():
    with pytest.raises(ValueError, match="archive"):
        from_archive(np.arange(100, dtype=np.uint8))


def test_the_network_of_a_pickle_is_built_when_it_is_needed(data, monkeypatch):
    classifier = small().fit(*data)
    content = pickle.dumps(classifier)
    built = []
    load = archives._built
    monkeypatch.setattr(archives, "_built", lambda *parts: built.append(1) or load(*parts))

    again = pickle.loads(pickle.dumps(pickle.loads(content)))
    check_is_fitted(again)
    assert again.classes_.tolist() == classifier.classes_.tolist()
    assert built == []
    np.testing.assert_array_equal(again.predict_proba(data[0]), classifier.predict_proba(data[0]))
    assert again.model_ is not classifier.model_
    assert built == [1]
    with pytest.raises(AttributeError, match="has no attribute 'none'"):
        again.none  # noqa: B018


def test_a_fit_after_a_pickle_leaves_nothing_of_it(data):
    again = pickle.loads(pickle.dumps(small().fit(*data)))
    again.set_params(random_state=7).fit(*data)

    assert "_pickled_network" not in vars(again)
    copy = pickle.loads(pickle.dumps(again))
    np.testing.assert_array_equal(copy.predict_proba(data[0]), again.predict_proba(data[0]))


def test_joblibs_hashes_tell_fitted_estimators_apart_by_what_they_have_learned(data):
    classifier = small().fit(*data)
    before = joblib.hash(classifier)

    assert joblib.hash(pickle.loads(pickle.dumps(classifier))) == before
    kernel = classifier.model_.layers[-1].kernel
    kernel.assign(kernel * 2)
    assert joblib.hash(classifier) != before

"""The version that estimators keep in their pickles."""

import copy
import pickle
import warnings

import pytest
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning

import skcnn
from skcnn import ImageReshaper, LabelOneHotEncoder, MLPClassifier, PixelScaler

ESTIMATORS = [ImageReshaper((8, 8)), LabelOneHotEncoder(), PixelScaler(), MLPClassifier((4,))]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_pickle_of_another_version_warns(estimator, monkeypatch):
    monkeypatch.setattr(skcnn, "__version__", "0.0.9")
    pickled = pickle.dumps(estimator)
    monkeypatch.undo()

    with pytest.warns(InconsistentVersionWarning) as caught:
        restored = pickle.loads(pickled)

    (warning,) = caught
    assert warning.filename == __file__
    assert warning.message.estimator_name == type(estimator).__name__
    assert warning.message.original_sklearn_version == "0.0.9"
    assert warning.message.current_sklearn_version == skcnn.__version__
    assert restored.get_params() == estimator.get_params()


def test_a_pickle_without_a_version_warns():
    state = dict(vars(PixelScaler()))

    with pytest.warns(InconsistentVersionWarning, match="from version unknown"):
        PixelScaler().__setstate__(state)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_version_is_in_the_pickle_alone(estimator):
    assert estimator.__getstate__()["_skcnn_version"] == skcnn.__version__
    with warnings.catch_warnings():
        warnings.simplefilter("error", InconsistentVersionWarning)
        copies = [pickle.loads(pickle.dumps(estimator)), copy.deepcopy(estimator)]
        copies += [copy.copy(estimator), clone(estimator)]

    for copied in copies:
        assert vars(copied).keys() == vars(estimator).keys()


@pytest.mark.slow
def test_a_fitted_network_of_another_version_warns_and_predicts(scaled_digits, monkeypatch):
    X, y = scaled_digits
    classifier = MLPClassifier((8,), epochs=2, random_state=0).fit(X, y)
    monkeypatch.setattr(skcnn, "__version__", "0.0.9")
    pickled = pickle.dumps(classifier)
    monkeypatch.undo()

    with pytest.warns(InconsistentVersionWarning, match=r"MLPClassifier from version 0\.0\.9"):
        restored = pickle.loads(pickled)

    assert (restored.predict_proba(X) == classifier.predict_proba(X)).all()

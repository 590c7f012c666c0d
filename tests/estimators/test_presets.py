"""Presets are ordinary settings of CNNClassifier that train at any size of image."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import train_test_split

from skcnn import CNNClassifier, load_digit_images
from skcnn._presets import PRESETS

pytestmark = pytest.mark.slow


def test_the_presets_and_what_they_are():
    assert list(CNNClassifier.presets) == ["textbook", "lenet5", "fast", "accurate", "photos"]
    assert all("\n" not in line and len(line) < 90 for line in CNNClassifier.presets.values())
    with pytest.raises(TypeError):
        CNNClassifier.presets["fast"] = "changed"


def test_textbook_is_the_defaults():
    assert CNNClassifier.from_preset("textbook").get_params() == CNNClassifier().get_params()


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_ordinary_parameters(name):
    classifier = CNNClassifier.from_preset(name, random_state=3)
    copied = clone(classifier)

    assert repr(copied) == repr(classifier)
    assert classifier.random_state == 3
    for parameter, value in PRESETS[name].parameters.items():
        assert repr(classifier.get_params()[parameter]) == repr(value)


def test_overrides_win():
    classifier = CNNClassifier.from_preset("fast", epochs=3, filters=(8,))

    assert (classifier.epochs, classifier.filters) == (3, (8,))
    assert classifier.learning_rate == "one_cycle"


def test_a_classifier_does_not_share_the_settings_of_its_preset():
    CNNClassifier.from_preset("fast").set_params(augmentation__rotation=90)

    assert CNNClassifier.from_preset("fast").augmentation.rotation != 90


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(
        ValueError, match=r"'quick'.*'textbook', 'lenet5', 'fast', 'accurate', 'photos'"
    ):
        CNNClassifier.from_preset("quick")


def test_an_unknown_override():
    with pytest.raises(TypeError, match="no_such_parameter"):
        CNNClassifier.from_preset("fast", no_such_parameter=1)


@pytest.mark.parametrize("name", ["lenet5", "fast", "accurate", "photos"])
def test_a_schedule_that_runs_its_course_holds_nothing_out(name, scaled_digits):
    classifier = CNNClassifier.from_preset(name, epochs=2, random_state=0).fit(*scaled_digits)

    assert classifier.n_iter_ == 2
    assert list(classifier.history_) == ["accuracy", "loss"]
    assert float(classifier.model_.optimizer.learning_rate) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("shape", [(32, 32, 3), (5, 9, 1)])
def test_presets_take_images_of_other_sizes(name, shape):
    rng = np.random.default_rng(0)
    X, y = rng.random((40, *shape)).astype(np.float32), np.arange(40) % 2
    classifier = CNNClassifier.from_preset(name, epochs=1, random_state=0).fit(X, y)

    assert classifier.predict_proba(X).shape == (40, 2)


def test_lenet5_is_that_of_1998(scaled_digits):
    X, y = np.zeros((20, 28, 28, 1), np.float32), np.arange(20) % 10
    network = CNNClassifier.from_preset("lenet5", epochs=1).fit(X, y).model_
    shapes = [layer.output.shape[1:] for layer in network.layers]

    assert shapes == [
        (24, 24, 6),
        (12, 12, 6),
        (8, 8, 16),
        (4, 4, 16),
        (256,),
        (120,),
        (84,),
        (10,),
    ]


@pytest.mark.parametrize("name", ["lenet5", "fast", "accurate"])
def test_presets_read_the_digits(name):
    X, y = load_digit_images(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        (X / 255).astype(np.float32), y, stratify=y, random_state=0
    )
    preset = CNNClassifier.from_preset(name, batch_size=32, auto_steps=600, random_state=0)

    assert preset.fit(X_train, y_train).score(X_test, y_test) > 0.93


@pytest.mark.parametrize(("name", "mirrors"), [("fast", 0), ("accurate", 0), ("photos", 1)])
def test_handwriting_is_not_mirrored_and_photographs_are(name, mirrors):
    preset = CNNClassifier.from_preset(name)

    assert (preset.augmentation.flip == "horizontal") == mirrors
    assert ("flip" in preset.predict_augmentation) == mirrors


@pytest.mark.parametrize("name", ["fast", "accurate", "photos"])
def test_few_images_are_passed_over_more_often_than_many(name):
    preset = CNNClassifier.from_preset(name)
    few, many = preset._extent(1000), preset._extent(60_000)

    assert few.batch_size < many.batch_size
    assert few.epochs == 30
    assert many.epochs < few.epochs
    assert many.n_steps == pytest.approx(preset.auto_steps, rel=0.03)
    assert preset.get_params()["epochs"] == "auto"


@pytest.mark.parametrize("name", ["fast", "photos"])
def test_bytes_and_scaled_pixels_are_alike(name):
    X, y = load_digit_images(return_X_y=True)
    preset = CNNClassifier.from_preset(name, epochs=4, batch_size=32, random_state=0)
    preset.set_params(augmentation__flip=None, predict_augmentation="shift")  # of digits
    preset.set_params(mixed_precision=False)  # the same fits on every processor
    scores = [clone(preset).fit(x[:900], y[:900]).score(x[900:], y[900:]) for x in (X, X / 255)]

    assert scores[0] == pytest.approx(scores[1], abs=0.03)
    assert min(scores) > 0.8

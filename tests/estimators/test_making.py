"""Things of Keras made of a name or a class and their settings."""

import keras
import pytest

from skcnn.estimators._making import callback_class, loss_class, made, metric_class


def loss(thing, **settings):
    return made(thing, settings, "loss", loss_class)


def metrics(things, **settings):
    return made(things, settings, "metrics", metric_class)


def callbacks(things, **settings):
    return made(things, settings, "callbacks", callback_class)


@pytest.mark.parametrize(
    "thing",
    [
        "categorical_crossentropy",
        "CategoricalCrossentropy",
        keras.losses.CategoricalCrossentropy,
        keras.losses.CategoricalCrossentropy(),
        keras.losses.categorical_crossentropy,
    ],
)
def test_a_loss_has_settings_in_whatever_form_it_comes(thing):
    assert loss(thing, label_smoothing=0.25).label_smoothing == 0.25


def test_what_has_no_settings_stays_as_it_is_unless_it_is_a_class():
    instance = keras.losses.MeanSquaredError()

    assert loss("mse") == "mse"
    assert loss(instance) is instance
    assert isinstance(loss(keras.losses.MeanSquaredError), keras.losses.MeanSquaredError)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mse", "MeanSquaredError"),
        ("kl_divergence", "KLDivergence"),
        ("bce", "BinaryCrossentropy"),
    ],
)
def test_short_names_have_classes(name, kind):
    assert loss_class(name) is getattr(keras.losses, kind)


def test_settings_are_for_a_part_or_for_all():
    area, top = metrics(
        [keras.metrics.AUC, "TopKCategoricalAccuracy"], **{"name": "all", "0__name": "area"}
    )

    assert (area.name, top.name) == ("area", "all")


def test_parts_of_a_dict_have_keys():
    made_callbacks = callbacks(
        {"stop": "EarlyStopping", "nan": keras.callbacks.TerminateOnNaN}, stop__patience=3
    )

    assert made_callbacks["stop"].patience == 3
    assert isinstance(made_callbacks["nan"], keras.callbacks.TerminateOnNaN)


class Schedule:
    def __init__(self, rate=1.0):
        self.rate = rate

    def __call__(self, epoch, learning_rate):
        return self.rate * learning_rate


def test_an_argument_may_be_a_class_with_settings_of_its_own():
    settings = {"0__schedule": Schedule, "0__schedule__rate": 0.5}
    (callback,) = callbacks([keras.callbacks.LearningRateScheduler], **settings)

    assert callback.schedule.rate == 0.5


def test_arguments_without_a_name_have_a_place():
    settings = {"0__0": Schedule, "0__0__rate": 0.5}
    (callback,) = callbacks([keras.callbacks.LearningRateScheduler], **settings)

    assert callback.schedule.rate == 0.5


def test_a_list_of_classes_is_made_part_by_part():
    class Own:
        def __init__(self, parts):
            self.parts = parts

    own = loss(Own, **{"parts": [Schedule, Schedule], "parts__rate": 1, "parts__0__rate": 2})
    assert [part.rate for part in own.parts] == [2, 1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: loss("mse", nonsense=1), "cannot be made with loss__nonsense.*'nonsense'"),
        (lambda: loss("mse", name__x=1), "loss__name__x would have no effect.*no loss__name"),
        (lambda: loss(lambda y, p: 0.0, x=1), "loss__x would have no effect.*takes no settings"),
        (lambda: loss("hat", x=1), "no class of the name 'hat'"),
        (lambda: metrics(["auc"], **{"3__name": "x"}), "metrics__3__name would have no effect"),
        (lambda: metrics(["auc"], **{"0": "x"}), "metrics__0 would have no effect"),
        (lambda: metrics([], name="x"), "metrics__name would have no effect.*are none"),
        (lambda: metrics(["accuracy"], name="x"), "Keras chooses by the targets"),
        (lambda: metrics([Schedule()], rate=1), "metrics__0__rate would have no effect"),
        (
            lambda: callbacks([keras.callbacks.LearningRateScheduler]),
            "cannot be made with no callbacks__0__.*schedule",
        ),
    ],
)
def test_a_setting_that_nothing_takes_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()

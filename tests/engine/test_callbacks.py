"""Callbacks hear what Keras would tell them, and let go of the model when all is done."""

import gc
import pickle
import weakref
from pathlib import Path

import keras
import numpy as np
import pytest

from skcnn import MLPClassifier
from skcnn._engine.callbacks import hears_of_batches


class HearsOfBatches(keras.callbacks.Callback):
    """Make training go by ``keras.Model.fit``."""

    def on_train_batch_end(self, batch, logs=None):
        """Hear."""


class Interruption(keras.callbacks.Callback):
    """Break off as soon as an epoch begins."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


class Begun(keras.callbacks.Callback):
    """Note which epochs begin."""

    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append(epoch)


def mlp(*callbacks, **parameters):
    defaults = {
        "optimizer": "sgd",
        "epochs": 6,
        "batch_size": 64,
        "validation_split": 0,
        "early_stopping": False,
        "random_state": 0,
    }
    return MLPClassifier((8,), callbacks=list(callbacks), **(defaults | parameters))


PATHS = pytest.mark.parametrize("path", [[], [HearsOfBatches()]], ids=["program", "keras"])

# --- a training that was interrupted ------------------------------------------------------------


@pytest.mark.slow
@PATHS
def test_a_backup_goes_on_with_the_epochs_that_are_left(scaled_digits, tmp_path, path):
    whole = mlp(*path).fit(*scaled_digits).model_.get_weights()
    backup = keras.callbacks.BackupAndRestore(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        mlp(backup, Interruption(3), *path).fit(*scaled_digits)
    begun = Begun()
    resumed = mlp(keras.callbacks.BackupAndRestore(tmp_path), begun, *path).fit(*scaled_digits)

    assert begun.epochs == [3, 4, 5]
    assert resumed.n_iter_ == 3
    for one, other in zip(whole, resumed.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
@PATHS
def test_a_backup_of_a_training_that_has_ended_leaves_nothing_to_do(scaled_digits, tmp_path, path):
    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)

    first = mlp(backup(), *path, epochs=2).fit(*scaled_digits)
    again = mlp(backup(), *path, epochs=2).fit(*scaled_digits)

    assert again.n_iter_ == 0
    assert again.history_.keys() == first.history_.keys()
    np.testing.assert_array_equal(
        again.predict_proba(scaled_digits[0]), first.predict_proba(scaled_digits[0])
    )


# --- who hears of batches -----------------------------------------------------------------------


class OwnCheckpoint(keras.callbacks.ModelCheckpoint):
    def on_train_batch_end(self, batch, logs=None):
        calls.append(batch)


class OwnBoard(keras.callbacks.TensorBoard):
    def on_train_batch_begin(self, batch, logs=None):
        calls.append(batch)


class OwnTerminate(keras.callbacks.TerminateOnNaN):
    def on_batch_end(self, batch, logs=None):
        calls.append(batch)


class OwnStopping(keras.callbacks.EarlyStopping):
    def on_batch_begin(self, batch, logs=None):
        calls.append(batch)


calls = []


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        lambda path: keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: calls.append(batch)
        ),
        lambda path: keras.callbacks.LambdaCallback(
            on_batch_end=lambda batch, logs: calls.append(batch)
        ),
        lambda path: OwnCheckpoint(path / "model.keras"),
        lambda path: OwnBoard(path),
        lambda path: OwnTerminate(),
        lambda path: OwnStopping("loss"),
    ],
    ids=["lambda", "lambda by keyword", "checkpoint", "board", "terminate", "stopping"],
)
def test_hooks_for_batches_are_called(scaled_digits, tmp_path, make):
    calls.clear()
    mlp(make(tmp_path), epochs=1).fit(*scaled_digits)

    assert calls == list(range(7))


@pytest.mark.parametrize(
    ("make", "hears"),
    [
        (lambda path: keras.callbacks.TensorBoard(path), False),
        (lambda path: keras.callbacks.TensorBoard(path, write_steps_per_second=True), True),
        (lambda path: keras.callbacks.TensorBoard(path, update_freq=1), True),
        (lambda path: keras.callbacks.TensorBoard(path, update_freq="batch"), True),
        (lambda path: keras.callbacks.TensorBoard(path, profile_batch=2), True),
        (lambda path: keras.callbacks.ModelCheckpoint(path / "a.keras"), False),
        (lambda path: keras.callbacks.ModelCheckpoint(path / "a.keras", save_freq=5), True),
        (lambda path: keras.callbacks.BackupAndRestore(path), False),
        (lambda path: keras.callbacks.BackupAndRestore(path, save_freq=3), True),
        (lambda path: keras.callbacks.LambdaCallback(on_epoch_end=print), False),
        (lambda path: keras.callbacks.LambdaCallback(on_test_batch_end=print), True),
        (lambda path: keras.callbacks.TerminateOnNaN(), False),
        (lambda path: keras.callbacks.SwapEMAWeights(swap_on_epoch=True), False),
        (lambda path: keras.callbacks.RemoteMonitor(), False),
        (lambda path: keras.callbacks.EarlyStopping(), False),
        (lambda path: keras.callbacks.CSVLogger(path / "log.csv"), False),
    ],
)
def test_callbacks_of_keras_hear_of_batches_where_they_are_set_to(tmp_path, make, hears):
    assert hears_of_batches(make(tmp_path)) is hears


# --- letting go ---------------------------------------------------------------------------------


def keras_own(path):
    return [
        keras.callbacks.CSVLogger(path / "log.csv"),
        keras.callbacks.TensorBoard(path / "board"),
        keras.callbacks.EarlyStopping("loss", patience=9),
        keras.callbacks.ModelCheckpoint(path / "model.keras", "loss", save_best_only=True),
        keras.callbacks.ReduceLROnPlateau("loss"),
        keras.callbacks.BackupAndRestore(path / "backup"),
        keras.callbacks.LearningRateScheduler(abs_of_rate),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.LambdaCallback(on_epoch_end=print_nothing),
        keras.callbacks.History(),
        RemoteMonitorOfNobody(),
    ]


def abs_of_rate(epoch, rate):
    return abs(rate)


def print_nothing(epoch, logs):
    """Do nothing."""


class RemoteMonitorOfNobody(keras.callbacks.RemoteMonitor):
    def on_epoch_end(self, epoch, logs=None):
        """Send nothing."""


def can_be_pickled(callback):
    """Tell whether a callback can be pickled; ``ReduceLROnPlateau`` of Keras 3.10 cannot."""
    try:
        pickle.dumps(callback)
    except AttributeError:
        return False
    return True


def open_files(folder):
    """Return the files below a folder that this process has open, where the system tells."""
    links = Path("/proc/self/fd").glob("*")
    return [file for link in links if folder in (file := link.resolve()).parents]


@pytest.mark.slow
@pytest.mark.parametrize("ending", [None, KeyboardInterrupt], ids=["to its end", "interrupted"])
@PATHS
def test_callbacks_hold_neither_model_nor_file_after_a_fit(scaled_digits, tmp_path, path, ending):
    models = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            models.append(weakref.ref(self.model))
            if ending is not None:
                raise ending

    of_keras = keras_own(tmp_path)
    picklable = [callback for callback in of_keras if can_be_pickled(callback)]
    callbacks = [*of_keras, Watch(), *path]
    for _ in range(2):  # the same callbacks do it again
        classifier = mlp(*callbacks, epochs=2)
        if ending is None:
            classifier.fit(*scaled_digits)
        else:
            with pytest.raises(ending):
                classifier.fit(*scaled_digits)
        del classifier
        gc.collect()

        assert [ref() for ref in models] == [None] * len(models)
        assert sum(len(pickle.dumps(callback)) for callback in picklable) < 60_000
        assert open_files(tmp_path) == []
    assert len(models) == (4 if ending is None else 2)


@pytest.mark.slow
def test_averaging_callbacks_hold_no_model_after_a_fit(scaled_digits):
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
    optimizer = keras.optimizers.SGD(0.1, use_ema=True)
    models = []
    for _ in range(2):
        classifier = mlp(swap, epochs=2, optimizer=optimizer).fit(*scaled_digits)
        models.append(weakref.ref(classifier.model_))
        del classifier
    gc.collect()

    assert [ref() for ref in models] == [None, None]


# --- what a callback changes before the first epoch ---------------------------------------------


@pytest.mark.slow
def test_the_program_is_of_the_model_as_callbacks_have_left_it(scaled_digits):
    class Freeze(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.model.layers[-1].trainable = False

    mlp(epochs=1).fit(*scaled_digits)
    first = mlp(Freeze(), epochs=1).fit(*scaled_digits)
    after = mlp(epochs=1).fit(*scaled_digits)

    assert (first.model_.layers[-1].bias.numpy() == 0).all()
    assert (after.model_.layers[-1].bias.numpy() != 0).any()

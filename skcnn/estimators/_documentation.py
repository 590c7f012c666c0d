"""The parts of a docstring that all classifiers share, written once."""

from __future__ import annotations

import inspect
from typing import TypeVar

_TRAINING_PARAMETERS = """\
optimizer : str, keras.optimizers.Optimizer or class, default="adam"
    A Keras optimizer, by name, as a class or as an instance.  An instance is copied for each fit.
learning_rate : float, LearningRateSchedule, "one_cycle" or None, default=None
    Learning rate of the optimizer; None for the optimizer's own.  ``"one_cycle"`` takes it from
    1/25 of ``peak_learning_rate`` to the peak in the first 30 % of all steps, and from there to 0
    along a cosine.  It is meant to run its course: give it ``early_stopping=False`` and
    ``validation_split=0``.  Source: Smith (2018), "A disciplined approach to neural network
    hyper-parameters", without its cycle of the momentum.
peak_learning_rate : float, default=0.004
    The largest learning rate of ``learning_rate="one_cycle"``; no other reads it.
label_smoothing : float, default=0.0
    Share of each one-hot label that is spread evenly over all classes, in [0, 1).  The loss is
    that of the smoothed labels, in training and for the held-out part.  Source: Szegedy et al.
    (2016), "Rethinking the Inception architecture for computer vision", section 7.
weight_averaging : float or None, default=None
    Momentum, in (0, 1), of a moving average of the weights over all steps, such as 0.99: the
    network is scored with the averaged weights, and keeps them.  Source: Polyak and Juditsky
    (1992), "Acceleration of stochastic approximation by averaging".
augmentation : RandomAffine, sequence of keras.layers.Layer or None, default=None
    How training images are varied each time they are seen; held-out images stay as they are.
    Keras layers are called one after the other, with seeds that come from ``random_state``.
batch_size : int, default=200
    Samples a gradient step.
epochs : int, default=30
    Passes over the training samples, at most.
validation_split : float, default=0.25
    Share of the samples held out of training for the validation scores, in [0, 1).  It is drawn
    by ``random_state`` and stratified by class.
early_stopping : bool, default=True
    Whether to stop after ``patience`` epochs without progress of ``monitor``, and to keep the
    weights of the best epoch rather than those of the last.
patience : int, default=10
    Epochs without progress before training stops.
monitor : str, default="val_loss"
    The score to watch, a key of ``history_``: the smallest loss or the largest accuracy is best.
checkpoint_path : str, path or None, default=None
    File ending in ``.keras`` that holds the best model so far, during fit and after it.
callbacks : list of keras.callbacks.Callback or None, default=None
    Called during fit as ``keras.Model.fit`` calls them.
class_weight : dict of label to float, "balanced" or None, default=None
    Weight of each class; multiplied with ``sample_weight``.
warm_start : bool, default=False
    Whether a further fit starts from the weights of the last one.
random_state : int, numpy.random.RandomState or None, default=None
    Decides initial weights, held-out part, order of samples and dropout.  With an int, fits on
    the same data give identical predictions, in this process or another, for the same number of
    TensorFlow threads.
verbose : {0, 1, 2}, default=0
    Keras' progress output: none, a bar, or a line an epoch."""

_FITTED_ATTRIBUTES = """\
classes_ : ndarray of shape (n_classes,)
    Labels seen in fit, sorted; the order of the columns of ``predict_proba``.
model_ : keras.Model
    The trained network.
history_ : dict of str to list of float
    Loss and metrics by epoch; those of the held-out part under ``val_`` names.
n_iter_ : int
    Epochs run.
input_shape_ : tuple of int
    Shape of one sample as the network takes it.
n_features_in_ : int
    Numbers in one sample, such as 784 for images of 28 x 28.
feature_names_in_ : ndarray of shape (n_features_in_,)
    Column names of X, where it was a DataFrame with string column names."""

Class = TypeVar("Class", bound=type)


def documented(cls: Class) -> Class:
    """Fill the shared parts into the docstring of a classifier."""
    if cls.__doc__ is not None:  # python -OO strips docstrings
        cls.__doc__ = (
            inspect.cleandoc(cls.__doc__)
            .replace("{training_parameters}", _TRAINING_PARAMETERS)
            .replace("{fitted_attributes}", _FITTED_ATTRIBUTES)
        )
    return cls

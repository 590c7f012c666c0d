"""The multilayer perceptron."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from skcnn.networks import build_mlp
from skcnn.estimators._base import BaseKerasClassifier
from skcnn.estimators._documentation import documented
from skcnn.estimators._images import Shape
from skcnn._engine.runtime import keras


@documented
class MLPClassifier(BaseKerasClassifier):
    """Multilayer perceptron: dense layers and a softmax, trained by Keras.

    The defaults are a textbook's recipe for MNIST: 784-512-10, Adam, batches of 200, at most 30
    epochs, a quarter held out, early stopping after 10 epochs without progress.  Images of any
    shape are flattened.

    Parameters
    ----------
    hidden_units : int or sequence of int, default=(512,)
        Units of each hidden layer.  An empty sequence gives multinomial logistic regression.
    activation : str, default="relu"
        Activation of the hidden layers, by its Keras name.
    dropout : float, default=0.0
        Share of each hidden layer's outputs set to 0 during training, in [0, 1).
    {training_parameters}

    Attributes
    ----------
    {fitted_attributes}

    See Also
    --------
    CNNClassifier : Sees the neighbourhood of pixels, which this network does not.
    skcnn.build_mlp : The network itself.

    Examples
    --------
    >>> from skcnn import MLPClassifier, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> classifier = MLPClassifier(hidden_units=(64,), epochs=3, random_state=0)
    >>> classifier.fit(X / 255, y).predict(X[:5] / 255).shape
    (5,)
    """

    def __init__(
        self,
        hidden_units: int | Sequence[int] = (512,),
        activation: str = "relu",
        dropout: float = 0.0,
        *,
        optimizer: Any = "adam",
        learning_rate: Any = None,
        peak_learning_rate: float = 0.004,
        label_smoothing: float = 0.0,
        weight_averaging: float | None = None,
        augmentation: Any = None,
        batch_size: int = 200,
        epochs: int = 30,
        validation_split: float = 0.25,
        early_stopping: bool = True,
        patience: int = 10,
        monitor: str = "val_loss",
        checkpoint_path: str | os.PathLike[str] | None = None,
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        class_weight: dict[Any, float] | str | None = None,
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            optimizer=optimizer,
            learning_rate=learning_rate,
            peak_learning_rate=peak_learning_rate,
            label_smoothing=label_smoothing,
            weight_averaging=weight_averaging,
            augmentation=augmentation,
            batch_size=batch_size,
            epochs=epochs,
            validation_split=validation_split,
            early_stopping=early_stopping,
            patience=patience,
            monitor=monitor,
            checkpoint_path=checkpoint_path,
            callbacks=callbacks,
            class_weight=class_weight,
            warm_start=warm_start,
            random_state=random_state,
            verbose=verbose,
        )
        self.hidden_units = hidden_units
        self.activation = activation
        self.dropout = dropout

    def _keras_build_fn(self, input_shape: Shape, n_classes: int) -> keras.Model:
        return build_mlp(
            input_shape,
            n_classes,
            hidden_units=self.hidden_units,
            activation=self.activation,
            dropout=self.dropout,
        )

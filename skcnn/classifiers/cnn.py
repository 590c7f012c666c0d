"""The convolutional neural network."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from skcnn.builders import Pooling, build_cnn
from skcnn.classifiers.base import BaseKerasClassifier
from skcnn.classifiers.documentation import documented
from skcnn.classifiers.images import Shape, given_image_shape, guess_image_shape
from skcnn.engine.runtime import keras


@documented
class CNNClassifier(BaseKerasClassifier):
    """Convolutional neural network for images, trained by Keras.

    The defaults are a textbook's recipe for MNIST: convolutions of 32 and 64 filters, max-pooling,
    dropout 0.25, dense 128, dropout 0.5, softmax; Adam, batches of 200, at most 30 epochs, a
    quarter held out, early stopping after 10 epochs without progress.

    X holds images of shape (n, height, width, channels), or (n, height, width) in grey.  Rows of
    pixels, (n, n_features), are read as square grey images where the number of pixels allows it,
    else as square RGB images, else as one row of pixels with a warning; ``image_shape`` says what
    they are.

    Parameters
    ----------
    filters : int or sequence of int, default=(32, 64)
        Filters of each convolution, at least one.
    kernel_size : int or sequence of 2 int, default=3
        Height and width of the convolutions' windows, in pixels; clipped to the feature map.
    pool_size : int or sequence of 2 int, default=2
        Height and width of the pooling windows, in pixels; clipped to the feature map.
    pooling : {"last", "each"}, default="last"
        Whether max-pooling and dropout follow the last convolution alone, or each one.
    dropout : float, default=0.25
        Share of the pooled outputs set to 0 during training, in [0, 1).
    dense_units : int or sequence of int, default=128
        Units of each dense layer before the softmax; an empty sequence for none.
    dense_dropout : float, default=0.5
        Share of each dense layer's outputs set to 0 during training, in [0, 1).
    activation : str, default="relu"
        Activation of the convolutions and the dense layers, by its Keras name.
    image_shape : tuple of int or None, default=None
        Height, width and channels (or height and width, in grey) of the images in X.  None takes
        it from X.
    {training_parameters}

    Attributes
    ----------
    {fitted_attributes}

    See Also
    --------
    MLPClassifier : A network that knows nothing of neighbouring pixels.
    skcnn.build_cnn : The network itself.
    skcnn.ImageReshaper : Gives rows of pixels their image shape in a Pipeline.

    Examples
    --------
    >>> from skcnn import CNNClassifier, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> classifier = CNNClassifier(filters=(8, 16), epochs=2, random_state=0)
    >>> classifier.fit(X / 255, y).input_shape_
    (8, 8, 1)
    """

    def __init__(
        self,
        filters: int | Sequence[int] = (32, 64),
        kernel_size: int | Sequence[int] = 3,
        pool_size: int | Sequence[int] = 2,
        pooling: Pooling = "last",
        dropout: float = 0.25,
        dense_units: int | Sequence[int] = 128,
        dense_dropout: float = 0.5,
        activation: str = "relu",
        image_shape: Sequence[int] | None = None,
        *,
        optimizer: Any = "adam",
        learning_rate: Any = None,
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
        self.filters = filters
        self.kernel_size = kernel_size
        self.pool_size = pool_size
        self.pooling = pooling
        self.dropout = dropout
        self.dense_units = dense_units
        self.dense_dropout = dense_dropout
        self.activation = activation
        self.image_shape = image_shape

    def _keras_build_fn(self, input_shape: Shape, n_classes: int) -> keras.Model:
        return build_cnn(
            input_shape,
            n_classes,
            filters=self.filters,
            kernel_size=self.kernel_size,
            pool_size=self.pool_size,
            pooling=self.pooling,
            dropout=self.dropout,
            dense_units=self.dense_units,
            dense_dropout=self.dense_dropout,
            activation=self.activation,
        )

    def _network_input_shape(self, sample_shape: Shape) -> Shape:
        if self.image_shape is not None:
            return given_image_shape(self.image_shape, sample_shape)
        return guess_image_shape(sample_shape)

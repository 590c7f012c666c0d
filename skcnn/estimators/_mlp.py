"""The multilayer perceptron, as a classifier and as a regressor."""

from __future__ import annotations

from collections.abc import Sequence

from skcnn._engine.runtime import keras
from skcnn.estimators._classifier import BaseKerasClassifier
from skcnn.estimators._decaying import DecayingEstimator
from skcnn.estimators._parameters import network_estimator, parameter
from skcnn.estimators._regressor import BaseKerasRegressor
from skcnn.estimators._rescaling import RescalingEstimator
from skcnn.estimators._samples import Shape
from skcnn.estimators._timing import TimedEstimator
from skcnn.networks import build_mlp


@network_estimator
class _MLPNetwork(RescalingEstimator, DecayingEstimator, TimedEstimator):
    """The network, whatever it learns."""

    hidden_units: int | Sequence[int] = parameter(
        "int or sequence of int",
        "Units of each hidden layer.  An empty sequence gives a linear model.",
        default=(512,),
    )
    activation: str = parameter(
        "str",
        "Activation of the hidden layers, by its Keras name.",
        default="relu",
    )
    dropout: float = parameter(
        "float",
        "Share of each hidden layer's outputs set to 0 during training, in [0, 1).",
        default=0.0,
    )

    def build_network(
        self, input_shape: Shape, n_outputs: int, output_activation: str = "softmax"
    ) -> keras.Model:
        """Return ``skcnn.build_mlp`` with the parameters above."""
        return build_mlp(
            input_shape,
            n_outputs,
            hidden_units=self.hidden_units,
            activation=self.activation,
            dropout=self.dropout,
            rescale=self.rescale,
            output_activation=output_activation,
        )


@network_estimator
class MLPClassifier(_MLPNetwork, BaseKerasClassifier):
    """Multilayer perceptron for classes: dense layers and a softmax, trained by Keras.

    The defaults are a textbook's recipe for MNIST: 784-512-10, Adam, batches of 200, at most 30
    epochs, a quarter held out, early stopping after 10 epochs without progress.  Images of any
    shape are flattened.  Where y holds several labels a sample, the network ends in a sigmoid for
    each.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {fitted_attributes}

    See Also
    --------
    CNNClassifier : Sees the neighbourhood of pixels, which this network does not.
    MLPRegressor : Predicts numbers.
    skcnn.build_mlp : The network itself.

    Examples
    --------
    >>> from skcnn import MLPClassifier, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> classifier = MLPClassifier(hidden_units=(64,), epochs=3, batch_size=32)
    >>> classifier.fit(X / 255, y).predict(X[:5] / 255).shape
    (5,)
    """


@network_estimator
class MLPRegressor(_MLPNetwork, BaseKerasRegressor):
    """Multilayer perceptron for numbers: dense layers and a linear end, trained by Keras.

    The defaults are those of ``MLPClassifier``: 512 hidden units, Adam, batches of 200, at most 30
    epochs, a quarter held out, early stopping after 10 epochs without progress.  A few hundred
    samples want smaller batches and more epochs.  Images of any shape are flattened.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {fitted_attributes}

    See Also
    --------
    CNNRegressor : Sees the neighbourhood of pixels, which this network does not.
    MLPClassifier : Tells classes apart.
    skcnn.build_mlp : The network itself.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcnn import MLPRegressor
    >>> X, y = load_diabetes(return_X_y=True, scaled=True)
    >>> regressor = MLPRegressor(hidden_units=(64,), epochs=40, batch_size=32, random_state=0)
    >>> regressor.fit(X, y).score(X, y) > 0.4
    True
    """

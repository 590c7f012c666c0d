"""The convolutional neural network, as a classifier and as a regressor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self

from skcnn._arrays import ImageShape
from skcnn._engine.runtime import keras
from skcnn._engine.whitening import whiten
from skcnn._presets import PRESETS
from skcnn.estimators._classifier import BaseKerasClassifier
from skcnn.estimators._decaying import DecayingEstimator
from skcnn.estimators._parameters import network_estimator, parameter
from skcnn.estimators._precision import MixedPrecisionEstimator
from skcnn.estimators._regressor import BaseKerasRegressor
from skcnn.estimators._rescaling import RescalingEstimator
from skcnn.estimators._samples import (
    Shape,
    given_image_shape,
    guess_image_shape,
    warn_of_channels_first,
)
from skcnn.estimators._targets import Targets
from skcnn.estimators._task import Task
from skcnn.estimators._timing import TimedEstimator
from skcnn.estimators._views import AveragingEstimator
from skcnn.networks import GlobalPooling, Padding, Pooling, PoolType, build_cnn


@network_estimator
class _CNNNetwork(
    RescalingEstimator,
    DecayingEstimator,
    TimedEstimator,
    MixedPrecisionEstimator,
    AveragingEstimator,
):
    """The network, whatever it learns."""

    filters: int | Sequence[int | Sequence[int]] = parameter(
        "int or sequence of (int or sequence of int)",
        """
        Filters of each convolution, at least one.  Numbers in a sequence of their own share one
        pooling where ``pooling="each"``: ``(16, (32, 64))`` is conv 16, pool, conv 32, conv 64,
        pool.""",
        default=(32, 64),
    )
    kernel_size: int | Sequence[int] = parameter(
        "int or sequence of 2 int",
        """
        Height and width of the convolutions' windows, in pixels; clipped to the feature map.""",
        default=3,
    )
    pool_size: int | Sequence[int] = parameter(
        "int or sequence of 2 int",
        "Height and width of the pooling windows, in pixels; clipped to the feature map.",
        default=2,
    )
    pooling: Pooling = parameter(
        '{"last", "each"}',
        """
        Whether pooling and dropout follow the last entry of ``filters`` alone, or each one.""",
        default="last",
    )
    dropout: float = parameter(
        "float",
        "Share of the pooled outputs set to 0 during training, in [0, 1).",
        default=0.25,
    )
    dense_units: int | Sequence[int] = parameter(
        "int or sequence of int",
        "Units of each dense layer before the outputs; an empty sequence for none.",
        default=128,
    )
    dense_dropout: float = parameter(
        "float",
        "Share of each dense layer's outputs set to 0 during training, in [0, 1).",
        default=0.5,
    )
    activation: str = parameter(
        "str",
        "Activation of the convolutions and the dense layers, by its Keras name.",
        default="relu",
    )
    image_shape: Sequence[int] | None = parameter(
        "tuple of int or None",
        """
        Height, width and channels (or height and width, in grey) of the images in X.  None takes
        it from X.""",
        default=None,
    )
    _: KW_ONLY
    pool_type: PoolType = parameter(
        '{"max", "average"}',
        "What is kept of a pooling window: its largest number or its mean.",
        default="max",
    )
    batch_normalization: bool = parameter(
        "bool",
        """
        Whether convolutions and dense layers are normalized before their activation, and after the
        pooling where there is one.  Source: Ioffe and Szegedy (2015), "Batch normalization:
        accelerating deep network training by reducing internal covariate shift".""",
        default=False,
    )
    strides: int | Sequence[int] | Literal["auto"] = parameter(
        'int, sequence of 2 int or "auto"',
        """
        Steps of the first convolution's window, down and sideways, in pixels: 2 halves the height
        and width that all later layers have to do with.  ``"auto"`` takes a step for each whole 32
        pixels of the image's shorter side, 1 up to 63 pixels and 7 at 224, and widens the window
        to twice the step less 1, so that windows overlap.  The layers after it then take about as
        long for a large image as for a small one.""",
        default=1,
    )
    padding: Padding = parameter(
        '{"valid", "same"}',
        """
        Whether the convolutions' windows stay within the feature map, which shrinks it, or zeros
        around it keep its size.""",
        default="valid",
    )
    global_pooling: GlobalPooling | None = parameter(
        '{"average", "max"} or None',
        """
        What is kept of each feature map of the last convolution, in place of all its numbers: the
        mean or the largest.  The dense layers then have a weight for each map, however large the
        image is.  Source: Lin, Chen and Yan (2014), "Network in network".""",
        default=None,
    )
    residual: bool = parameter(
        "bool",
        """
        Whether a shortcut goes around each sequence of two or more convolutions in ``filters``,
        whose input is added to what its last convolution gives, before the activation.  It takes
        ``padding="same"`` and is meant for ``batch_normalization=True``.  Source: He, Zhang, Ren
        and Sun (2016), "Deep residual learning for image recognition".""",
        default=False,
    )

    whitening: bool = parameter(
        "bool",
        """
        Whether a convolution comes first that is not trained: 8 filters of 2 x 2 for each channel,
        the principal components of such windows of up to 2,000 training images, with either sign
        and each over its standard deviation.  What they give is uncorrelated, from which the
        layers after it learn faster; a step of ``"photos"`` takes a quarter to a third longer.
        They take the steps of ``strides``, in windows of twice the step with 16 filters a channel.
        Sources: Coates, Ng and Lee (2011), "An analysis of single-layer networks in unsupervised
        feature learning"; Jordan (2024), "94% on CIFAR-10 in 3.29 seconds on a single GPU",
        arXiv:2404.00498.""",
        default=False,
    )

    def build_network(
        self, input_shape: Shape, n_outputs: int, output_activation: str = "softmax"
    ) -> keras.Model:
        """Return ``skcnn.build_cnn`` with the parameters above."""
        return build_cnn(
            input_shape,
            n_outputs,
            filters=self.filters,
            kernel_size=self.kernel_size,
            pool_size=self.pool_size,
            pooling=self.pooling,
            dropout=self.dropout,
            dense_units=self.dense_units,
            dense_dropout=self.dense_dropout,
            activation=self.activation,
            pool_type=self.pool_type,
            batch_normalization=self.batch_normalization,
            rescale=self.rescale,
            strides=self.strides,
            padding=self.padding,
            global_pooling=self.global_pooling,
            residual=self.residual,
            whitening=self.whitening,
            output_activation=output_activation,
        )

    def network_input_shape(self, sample_shape: Shape) -> Shape:
        """Return the height, width and channels of the images in X, as given or as guessed."""
        if self.image_shape is not None:
            return tuple(given_image_shape(self.image_shape, sample_shape))
        warn_of_channels_first(sample_shape)
        return tuple(guess_image_shape(sample_shape))

    def _network_for(self, task: Task, n_steps: int) -> tuple[keras.Model, Targets]:
        model, targets = super()._network_for(task, n_steps)
        if self.whitening and not self._goes_on():
            whiten(model, task.x, task.training.rows, self.rescale or 1.0)
        return model, targets

    def _other_sample_shapes(self) -> Sequence[Shape]:
        given = self.image_shape is not None
        return ImageShape.of(self.input_shape_).sample_shapes if given else ()


@network_estimator
class CNNClassifier(_CNNNetwork, BaseKerasClassifier):
    """Convolutional neural network for classes of images, trained by Keras.

    The defaults are a textbook's recipe for MNIST: convolutions of 32 and 64 filters, max-pooling,
    dropout 0.25, dense 128, dropout 0.5, softmax; Adam, batches of 200, at most 30 epochs, a
    quarter held out, early stopping after 10 epochs without progress.

    X holds images of shape (n, height, width, channels), or (n, height, width) in grey.  Rows of
    pixels, (n, n_features), are read as square grey images where the number of pixels allows it,
    else as square RGB images, else as one row of pixels with a warning; ``image_shape`` says what
    they are.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {fitted_attributes}
    presets : mapping of str to str
        Names that ``from_preset`` takes, each with a line that says what it is.

    See Also
    --------
    MLPClassifier : A network that knows nothing of neighbouring pixels.
    CNNRegressor : Predicts numbers.
    skcnn.build_cnn : The network itself.
    skcnn.ImageReshaper : Gives rows of pixels their image shape in a Pipeline.

    Examples
    --------
    >>> from skcnn import CNNClassifier, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> classifier = CNNClassifier(filters=(8, 16), epochs=3, batch_size=32)
    >>> classifier.fit(X / 255, y).input_shape_
    (8, 8, 1)
    """

    presets: ClassVar[Mapping[str, str]] = MappingProxyType(
        {name: preset.summary for name, preset in PRESETS.items()}
    )

    @classmethod
    def from_preset(cls, name: str, **overrides: Any) -> Self:
        """Return an unfitted classifier with the settings of a known recipe.

        Parameters
        ----------
        name : str
            One of ``CNNClassifier.presets``:

            - ``"textbook"``: the defaults.
            - ``"lenet5"``: LeNet-5 as in LeCun, Bottou, Bengio and Haffner (1998),
              "Gradient-based learning applied to document recognition": convolutions of 6 and 16
              filters of 5 x 5, each followed by averages of 2 x 2, dense layers of 120 and 84
              units, tanh.  It differs in that images keep their size (28 x 28 pixels are not
              padded to 32 x 32), averages have no weights, each filter of the second convolution
              sees all maps of the first, and the output is a softmax trained by cross-entropy
              and Adam along one cycle.
            - ``"fast"``: for grid searches and laptops.
            - ``"accurate"``: wider and longer, in no more time than ``"textbook"`` takes.
            - ``"photos"``: ``"accurate"`` for natural colour images of 32 to 256 pixels, whose
              mirror images are trained on and looked at, too, after a first layer that whitens.

            The last three were chosen on MNIST, Fashion-MNIST and CIFAR-10 together, and adapt to
            what they see by the rules of ``strides="auto"`` (larger steps through larger images),
            ``batch_size="auto"`` and ``epochs="auto"`` (smaller batches and more passes for fewer
            samples); ``mixed_precision="auto"`` halves their time where the processor has AMX.
            They take pixels as bytes or scaled: they normalize what their first layer
            gives.  They end in global pooling, so that a large image takes few more parameters
            than a small one.  Training images are moved by whole pixels, and predictions are the
            mean over an image as it is and moved by a pixel, which ``predict_augmentation=None``
            takes back.  Nothing is mirrored but by ``"photos"``: handwriting must not be.
            All but the first run all of their epochs, and hold nothing out.
        **overrides : Any
            Parameters of the constructor that shall differ from the preset's.

        Returns
        -------
        CNNClassifier
            Its settings are ordinary parameters, which ``get_params`` shows and a grid search
            can vary.

        Raises
        ------
        ValueError
            If there is no preset of that name.
        TypeError
            If there is no parameter of an override's name.

        Examples
        --------
        >>> from skcnn import CNNClassifier
        >>> CNNClassifier.from_preset("fast", epochs=3).epochs
        3
        """
        if name not in PRESETS:
            known = ", ".join(map(repr, PRESETS))
            raise ValueError(f"There is no preset {name!r}; the presets are: {known}.")
        return cls(**{**PRESETS[name].parameters, **overrides})


@network_estimator
class CNNRegressor(_CNNNetwork, BaseKerasRegressor):
    """Convolutional neural network that predicts numbers from images, trained by Keras.

    The defaults are those of ``CNNClassifier``, with a linear end in place of the softmax.  X is
    read as there: images, or rows of pixels.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {fitted_attributes}

    See Also
    --------
    MLPRegressor : A network that knows nothing of neighbouring pixels.
    CNNClassifier : Tells classes apart.
    skcnn.build_cnn : The network itself.

    Examples
    --------
    >>> from skcnn import CNNRegressor, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> ink = X.mean(axis=(1, 2))
    >>> regressor = CNNRegressor(filters=8, epochs=4, batch_size=32, random_state=0)
    >>> regressor.fit(X / 255, ink).score(X / 255, ink) > 0.5
    True
    """

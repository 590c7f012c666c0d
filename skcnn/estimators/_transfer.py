"""A new head on a network that has learned another task."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, fields, replace
from numbers import Integral, Real
from typing import Any, ClassVar

from skcnn._engine.callbacks import best_epoch
from skcnn._engine.fitting import Training
from skcnn._engine.freezing import (
    chained,
    compile_anew,
    freeze,
    in_two,
    parts_of,
    past,
    thaw,
    tunable_layers,
)
from skcnn._engine.runtime import keras
from skcnn._sklearn_internals import Interval, StrOptions
from skcnn.estimators._borrowing import Borrowed, BorrowsNetwork, Lender, lender_of
from skcnn.estimators._classifier import BaseKerasClassifier
from skcnn.estimators._decaying import DecayingEstimator
from skcnn.estimators._growing import joined
from skcnn.estimators._holding_out import Validation
from skcnn.estimators._parameters import network_estimator, parameter, with_default
from skcnn.estimators._scikit_learn_callbacks import AsFitted, FitTask
from skcnn.estimators._state import KeepsGivenNetwork
from skcnn.estimators._targets import Targets
from skcnn.estimators._task import History, Task
from skcnn.estimators._timing import TimedEstimator
from skcnn.networks._head import build_head

_OF_HEAD = 0.5  # of a time budget, where borrowed layers learn after it


@dataclass(frozen=True)
class TransferTask(Task):
    """What X and y say, where a network is borrowed for them.

    Attributes
    ----------
    lender : Lender
        What the network is borrowed from.
    """

    lender: Lender


@network_estimator
class TransferClassifier(
    BorrowsNetwork, KeepsGivenNetwork, DecayingEstimator, TimedEstimator, BaseKerasClassifier
):
    """A new head on a network that has learned another task, for classes of few samples.

    The borrowed network stays as it is, and the head learns from the features that it gives.  With
    ``fine_tune``, the last borrowed layers then learn as well, at a small rate.  The defaults are
    for some hundred images: batches of 32, nothing held out, no early stopping, a head that is a
    softmax of normalized features behind dropout 0.2.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {fitted_attributes}

    See Also
    --------
    CNNFeatureExtractor : Gives the features to any estimator, such as an ``SVC``.
    CNNClassifier : A network that learns from the images alone.

    Notes
    -----
    Borrowed layers work in training as they do in prediction, whether they learn or not: batch
    normalization uses its moving averages and leaves them alone, and dropout drops nothing.

    What borrowed layers give that learn nothing is computed once, and training goes on from it,
    where nothing is augmented and it takes 1 GiB at most.  Otherwise they run for each batch: the
    network that comes of it is the same but for rounding.

    A fit with ``fine_tune`` is two trainings, one after the other.  ``history_`` and
    ``best_epoch_`` count the epochs of both, and early stopping keeps the best of all.
    ``callbacks`` are called as by two calls of ``keras.Model.fit``, for the layers that are in
    training: the head, then the head with the layers above the last borrowed one that learns
    nothing.  With ``warm_start``, a further fit goes through both again.  ``partial_fit`` trains
    what the last fit has trained, and where there was none the head alone.

    Clones share a fitted ``network``, which no fit changes.  ``model_`` takes X as it comes out of
    the first steps of a borrowed Pipeline, and otherwise as it is.

    Source: Yosinski, Clune, Bengio and Lipson (2014), "How transferable are features in deep
    neural networks?"

    Examples
    --------
    >>> from skcnn import CNNClassifier, TransferClassifier, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> old, new = y < 5, y >= 5
    >>> cnn = CNNClassifier((8, 16), rescale=1 / 255, epochs=5, batch_size=32, random_state=0)
    >>> cnn = cnn.fit(X[old], y[old])
    >>> classifier = TransferClassifier(cnn, random_state=0).fit(X[new][:100], y[new][:100])
    >>> classifier.classes_
    array([5, 6, 7, 8, 9])
    """

    network: Any = parameter(
        "estimator, keras.Model, str or path",
        """
        What is borrowed, without its last layer: a fitted estimator of skcnn, or a fitted Pipeline
        or search that ends in one, whose first steps X then passes; one that is not fitted, which
        is trained on X and y first; a ``keras.Model``; a ``.keras`` file; or the name of a network
        of ``keras.applications``.  It stays as it is: the classifier has a copy.""",
    )
    fine_tune: int = parameter(
        "int",
        """
        How many of the borrowed layers learn too, counted from the last one, after the head has
        learned for ``epochs``.  Only layers that have something to learn count, and batch
        normalization does not: it stays as it is.""",
        default=0,
        constraint=[Interval(Integral, 0, None, closed="left")],
    )
    _: KW_ONLY
    fine_tune_epochs: int = parameter(
        "int",
        "Further passes over the training samples in which borrowed layers learn, at most.",
        default=20,
        constraint=[Interval(Integral, 1, None, closed="left")],
    )
    fine_tune_learning_rate: float = parameter(
        "float",
        "Learning rate of these passes, for the head as well.",
        default=1e-4,
        constraint=[Interval(Real, 0, None, closed="neither")],
    )
    layer: str | int | None = parameter(
        "str, int or None",
        """
        The borrowed layer that gives the features, by its name or its index; None for the last
        one before the outputs.""",
        default=None,
        constraint=[str, Integral, None],
    )
    pooling: str | None = parameter(
        '"average", "max" or None',
        "What is kept of each feature map: its mean, its largest number, or all of it.",
        default="average",
        constraint=[StrOptions({"average", "max"}), None],
    )
    preprocess: str | Callable[[Any], Any] | None = parameter(
        '"auto", callable or None',
        """
        What happens to pixels first.  ``"auto"`` does what a network of ``keras.applications``
        wants, from pixels of 0..255, and nothing for others.  A callable is made of
        ``keras.ops``.""",
        default="auto",
        constraint=[StrOptions({"auto"}), callable, None],
    )
    image_size: int | Sequence[int] | None = parameter(
        "int, sequence of 2 int or None",
        "Height and width that images are resized to; None for that of X.",
        default=None,
        constraint=[Integral, list, tuple, None],
    )
    weights: str | os.PathLike[str] | None = parameter(
        '"imagenet", str, path or None',
        """
        Weights of a network that is given by its name: those learned from ImageNet, which Keras
        downloads once, a file, or None for random ones.""",
        default="imagenet",
        constraint=[str, os.PathLike, None],
    )
    dense_units: int | Sequence[int] = parameter(
        "int or sequence of int",
        "Units of each dense layer of the head before the outputs; an empty sequence for none.",
        default=(),
    )
    dropout: float = parameter(
        "float",
        "Share of what each layer of the head takes that is set to 0 during training, in [0, 1).",
        default=0.2,
    )
    batch_normalization: bool = parameter(
        "bool",
        """
        Whether the head normalizes the features first, so that the learning rate suits features
        of any size.""",
        default=True,
    )
    batch_size: int = with_default(BaseKerasClassifier, "batch_size", default=32)
    epochs: int = with_default(BaseKerasClassifier, "epochs", default=100)
    validation_split: Any = with_default(BaseKerasClassifier, "validation_split", default=0.0)
    early_stopping: bool = with_default(BaseKerasClassifier, "early_stopping", default=False)
    time_budget: float | None = parameter(
        "float or None",
        """
        Seconds that a fit takes at most: reading of X, the features and compilation included.
        ``epochs`` and the time then both limit the head.  With ``fine_tune`` it has half of the
        time, and the borrowed layers learn for what is left, in place of ``fine_tune_epochs``.
        ``learning_rate="one_cycle"`` is planned to end in time.  One epoch of each at least is run
        to its end.  Such a fit is no pure function of ``random_state``.  None for no limit.""",
        default=None,
        constraint=[Interval(Real, 0, None, closed="neither"), None],
    )

    _network_parameter: ClassVar[str] = "network"
    _steps: ClassVar[tuple[Any, ...]]  # of the borrowed Pipeline, which X passes first

    # --- X --------------------------------------------------------------------------------------

    def _read(self, X: Any, y: Any, sample_weight: Any, validation: Validation) -> Task:
        self._as_labels(y)  # raises where there are none, before a network is trained on them
        lender = lender_of(self.network, X, y, weights=self.weights)
        if validation.is_given:
            validation = replace(validation, X=lender.samples(validation.X))
        task = super()._read(lender.samples(X), y, sample_weight, validation)
        return _with_lender(task, lender)

    def _read_part(self, X: Any, targets: Targets, y: Any, sample_weight: Any) -> Task:
        lender = lender_of(self.network, X, y, weights=self.weights)
        task = super()._read_part(lender.samples(X), targets, y, sample_weight)
        return _with_lender(task, lender)

    def _read_again(self, X: Any) -> Any:
        for step in self._steps:
            X = step.transform(X)
        return super()._read_again(X)

    # --- the network ----------------------------------------------------------------------------

    def _build(self, task: TransferTask, n_steps: int) -> keras.Model:  # type: ignore[override]
        parts = self._parts(self._borrowed(task))
        for part in parts:
            freeze(part)
        head = build_head(
            parts[-1].output_shape[-1],
            task.targets.n_outputs,
            dense_units=self.dense_units,
            dropout=self.dropout,
            batch_normalization=self.batch_normalization,
            output_activation=task.targets.output_activation,
        )
        model = chained([*parts, head], "transfer")
        self._compile(model, task, n_steps)
        return model

    def _borrowed(self, task: TransferTask) -> Borrowed:
        borrowed = task.lender.lend(
            task.input_shape,
            layer=self.layer,
            pooling=self.pooling,
            preprocess=self.preprocess,
            image_size=self.image_size,
            seed=task.seeds.network,
        )
        borrowed.base.trainable = True
        n_layers = len(tunable_layers(borrowed.base))
        if self.fine_tune > n_layers:
            raise ValueError(
                f"fine_tune={self.fine_tune} asks for more layers than there are to borrow: the "
                f"network {borrowed.name!r} has {n_layers} up to its features that can learn, "
                f"batch normalization apart. Pass a number from 0 to {n_layers}."
            )
        return borrowed

    def _parts(self, borrowed: Borrowed) -> list[keras.Model]:
        """Return the borrowed network as parts, of which the last has all layers to fine-tune."""
        if self.fine_tune == 0:
            return [borrowed.network]
        *below, above = in_two(borrowed.base, self.fine_tune)
        before = [part for part in (borrowed.preparing, *below) if part is not None]
        given = keras.Input(borrowed.input_shape)
        if not before:
            return [keras.Sequential([given, above, *borrowed.ending], name="fine_tuned")]
        frozen = keras.Sequential([given, *before], name="frozen")
        between = keras.Input(frozen.output_shape[1:])
        return [frozen, keras.Sequential([between, above, *borrowed.ending], name="fine_tuned")]

    # --- fit ------------------------------------------------------------------------------------

    def _limited(self, training: Training, began: float) -> Training:
        limited = super()._limited(training, began)
        if limited.budget is None:
            return limited
        n_steps = (training.epochs - training.first_epoch) * training.steps_an_epoch
        of_head = limited.budget.shared(_OF_HEAD if self.fine_tune else 1.0, n_steps)
        return replace(limited, epochs=training.epochs, budget=of_head)

    def _most_epochs(self, training: Training) -> int | None:
        if self.fine_tune:
            training = replace(training, epochs=training.epochs + self._tuning_epochs(training))
        return super()._most_epochs(training)

    def _tuning_epochs(self, training: Training) -> float:
        return int(self.fine_tune_epochs) if training.budget is None else math.inf

    def _learn(self, training: Training, told: FitTask, as_fitted: AsFitted) -> History:
        """Train the head on what the borrowed layers give, then the last of these with it."""
        network = training.model
        *borrowed, _ = parts_of(network)
        above = past(training, 1) if len(borrowed) == 2 else training
        head = past(above, len(parts_of(above.model)) - 1)
        history = super()._learn(head, told, lambda _, scores: as_fitted(network, scores))
        if self.fine_tune == 0:
            return history
        trained = network.get_weights()
        thaw(borrowed[-1], self.fine_tune)
        compile_anew(network, above, self.fine_tune_learning_rate)
        n_epochs = training.first_epoch + len(history["loss"])
        tuning = replace(
            above,
            first_epoch=n_epochs,
            epochs=n_epochs + self._tuning_epochs(training),
            budget=training.budget and training.budget.shared(),
            cycle=None,
        )
        tuned = super()._learn(
            tuning, told, lambda _, scores: as_fitted(network, joined(history, scores))
        )
        both = joined(history, tuned)
        best = best_epoch(network, both, self.monitor)
        if self.early_stopping and best is not None and best < len(history["loss"]):
            network.set_weights(trained)
        return both


def _with_lender(task: Task, lender: Lender) -> TransferTask:
    """Return a task for which a network is borrowed, whose first steps the estimator keeps."""
    learned = task.samples.learned | {"_steps": lender.steps}
    of_task = {field.name: getattr(task, field.name) for field in fields(task)}
    samples = replace(task.samples, learned=learned)
    return TransferTask(**of_task | {"samples": samples, "lender": lender})

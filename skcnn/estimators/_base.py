"""What every estimator shares: from arrays and labels to a trained network and back.

A fit is a few values, each made from the one before: a *task* (what X and y say), a *training*
(the network, and how it learns), a *fitted* (what came of it).  The estimator takes the last one
over when all is done; until then it stays as it was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skcnn._engine.augmenting import augmenter_for, warn_of_value_range
from skcnn._engine.callbacks import average_weights, check_monitored, keep_best, let_go
from skcnn._engine.compiling import (
    fresh_optimizer,
    name_of_loss,
    one_cycle,
    smoothed,
    takes_logits,
)
from skcnn._engine.fitting import Training, create_variables, train
from skcnn._engine.models import count_first_dense_weights, count_outputs, ends_in_half_precision
from skcnn._engine.predicting import ForwardPass
from skcnn._engine.runtime import keras
from skcnn._engine.seeding import names_given_back, seeded
from skcnn._sklearn_internals import fit_context
from skcnn._warning import warn
from skcnn.estimators._holding_out import hold_out
from skcnn.estimators._samples import (
    Shape,
    check_lengths,
    check_not_single,
    read_samples,
    read_samples_again,
    shaped,
)
from skcnn.estimators._state import KeepsNetwork
from skcnn.estimators._targets import Ending, Targets
from skcnn.estimators._task import Fitted, History, Seeds, Task
from skcnn.estimators._training import TrainingParameters

_FEW_STEPS = 100
_MANY_WEIGHTS = 20_000_000
_TRAINING_BYTES = 16  # of a weight, its gradient and the two means that Adam keeps


class BaseKerasEstimator(KeepsNetwork, TrainingParameters):
    """A network as a scikit-learn estimator, whatever y is."""

    model_: keras.Model
    history_: History
    n_iter_: int
    input_shape_: Shape
    _sample_shape: Shape | None
    _targets: Any
    _forward_pass: ForwardPass

    # --- for those who build a network of their own ---------------------------------------------

    def build_network(self, input_shape: Shape, n_outputs: int) -> keras.Model:
        """Build the network: the one method that an estimator of one's own must have.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of one sample.
        n_outputs : int
            Units that the last layer needs, one a class.

        Returns
        -------
        keras.Model
            Uncompiled; or compiled, where parameters such as ``optimizer`` shall not matter.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no build_network(input_shape, n_outputs); expected a "
            "method that returns a keras.Model."
        )

    def network_input_shape(self, sample_shape: Shape) -> Shape:
        """Return the shape in which the network takes samples of ``sample_shape``."""
        return sample_shape

    # --- fit ------------------------------------------------------------------------------------

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None, **misplaced: Any
    ) -> Self:
        """Train a fresh network on samples and their targets.

        Parameters
        ----------
        X : array-like of shape (n, n_features), (n, height, width) or (n, height, width, channels)
            Samples: arrays, tensors, tables, lists or columns of images.  uint8 stays uint8 in
            memory; all else becomes float32.  A memory-mapped array and an h5py data set stay in
            their file, and are read block by block.
        y : array-like of shape (n,) or (n, n_classes)
            Labels of any kind, or one-hot rows.
        sample_weight : array-like of shape (n,) or None, default=None
            Weight of each sample.  Only their ratios matter: they are scaled to a mean of 1.
            Weights also count in the loss of the held-out part; its accuracy counts each sample
            once.
        **misplaced : Any
            Refused, with a word about where it belongs.

        Returns
        -------
        self
            The fitted estimator.  After an error it is as it was before.

        Raises
        ------
        ValueError
            If X, y, a weight or a parameter is out of its range, or the training diverges.
        TypeError
            If X is sparse, a parameter has the wrong type, or is given here.
        """
        self._refuse(misplaced)
        task = self._read(X, y, sample_weight)
        training, targets = self._prepare(task)
        try:
            history = train(training)
        finally:
            let_go(training.callbacks)
        self._take_over(Fitted(task, training.model, targets, self._continued(history)))
        return self

    def _refuse(self, misplaced: Mapping[str, Any]) -> None:
        for name in misplaced:
            if name in self.get_params(deep=False):
                kind = type(self).__name__
                raise TypeError(
                    f"fit() takes no {name!r}: it is a parameter of the estimator. Pass it to the "
                    f"constructor, {kind}({name}=...), or call set_params({name}=...) before fit."
                )
            raise TypeError(
                f"fit() got an unexpected keyword argument {name!r}; expected X, y and "
                "sample_weight."
            )

    def _read(self, X: Any, y: Any, sample_weight: Any) -> Task:
        """Read X and y into a task."""
        samples = read_samples(self, X)
        check_not_single(samples, y)
        targets, codes, weight = self._read_targets(y, sample_weight)
        check_lengths(samples, len(codes))
        input_shape = self.network_input_shape(samples.shape or samples.rows.shape[1:])
        seeds = Seeds.of(self.random_state)
        candidates = np.arange(len(codes)) if weight is None else np.flatnonzero(weight)
        training, held_out = hold_out(
            targets.strata(codes)[candidates], self.validation_split, seeds.held_out
        )
        return Task(
            samples,
            shaped(samples.rows, input_shape),
            targets,
            codes,
            weight,
            candidates[training],
            candidates[held_out],
            seeds,
        )

    def _read_targets(
        self, y: Any, sample_weight: Any
    ) -> tuple[Targets, NDArray[Any], NDArray[np.float32] | None]:
        """Return what y is, what it says about each sample, and the weight of each."""
        raise NotImplementedError

    def _prepare(self, task: Task) -> tuple[Training, Targets]:
        """Build the network for a task, and return all that its training takes.

        The targets come back as this network gives them.
        """
        first_epoch = self.n_iter_ if self._goes_on() else 0
        steps_an_epoch = math.ceil(len(task.training_rows) / int(self.batch_size))
        with self._chance(task.seeds.network), names_given_back():
            model = self._build(task, n_steps=steps_an_epoch * int(self.epochs))
            targets = task.targets.given_by(self._ending(model, task))
            data = task.data(targets)
            create_variables(model, data)
            augmenter = augmenter_for(self.augmentation, task.input_shape)
        if self._goes_on():
            self._check_same_task(task)
            self._take_up_weights(model)
        warn_of_value_range(self.augmentation, task.x)
        self._warn_of_few_steps(steps_an_epoch, first_epoch)
        _warn_of_many_weights(model)
        training = Training(
            model,
            data,
            batch_size=int(self.batch_size),
            epochs=first_epoch + int(self.epochs),
            seed=task.seeds.order,
            first_epoch=first_epoch,
            augmenter=augmenter,
            callbacks=self._make_callbacks(model, has_held_out=len(task.held_out_rows) > 0),
            verbose=int(self.verbose),
        )
        return training, targets

    def _chance(self, seed: int) -> AbstractContextManager[None]:
        """Return what decides the seeds of a network that is built inside its block."""
        return seeded(seed)

    def _build(self, task: Task, n_steps: int) -> keras.Model:
        """Build the network, and compile it for ``n_steps`` if it does not come compiled."""
        model = self.build_network(task.input_shape, task.targets.n_outputs)
        if not model.compiled:
            self._compile(model, task, n_steps)
        return model

    def _compile(self, model: keras.Model, task: Task, n_steps: int) -> None:
        n_outputs = count_outputs(model, task.x)
        model.compile(**self._compile_arguments(task.targets, n_outputs, n_steps))

    def _compile_arguments(self, targets: Targets, n_outputs: int, n_steps: int) -> dict[str, Any]:
        """Return what a network that trains for ``n_steps`` is compiled with."""
        return {
            "optimizer": self._fresh_optimizer(n_steps),
            "loss": smoothed(targets.default_loss(n_outputs), self.label_smoothing),
            "metrics": list(targets.default_metrics),
        }

    def _ending(self, model: keras.Model, task: Task) -> Ending:
        """Return how a compiled network ends."""
        return Ending(
            count_outputs(model, task.x),
            self._name_of_loss(model),
            from_logits=takes_logits(model.loss),
            half_precision=ends_in_half_precision(model),
        )

    def _name_of_loss(self, model: keras.Model) -> str:
        return name_of_loss(model.loss)

    def _fresh_optimizer(self, n_steps: int, **options: Any) -> keras.optimizers.Optimizer:
        learning_rate = self.learning_rate
        if isinstance(learning_rate, str):
            learning_rate = one_cycle(self.peak_learning_rate, n_steps)
        if self.weight_averaging is not None:
            options |= {"use_ema": True, "ema_momentum": float(self.weight_averaging)}
        return fresh_optimizer(self.optimizer, learning_rate, options)

    def _make_callbacks(
        self, model: keras.Model, *, has_held_out: bool
    ) -> list[keras.callbacks.Callback]:
        users = list(self.callbacks or ())
        for callback in users:
            if not isinstance(callback, keras.callbacks.Callback):
                raise TypeError(
                    "callbacks must hold instances of keras.callbacks.Callback; received "
                    f"{callback!r}."
                )
        if self.early_stopping or self.checkpoint_path is not None:
            check_monitored(model, self.monitor, has_held_out=has_held_out)
        own = keep_best(
            monitor=self.monitor,
            patience=self.patience if self.early_stopping else None,
            checkpoint_path=self.checkpoint_path,
        )
        return average_weights(own + users) if self.weight_averaging is not None else own + users

    def _take_over(self, fitted: Fitted) -> None:
        """Become what a fit has come to, in one step."""
        kept = {name: value for name, value in vars(self).items() if name != "feature_names_in_"}
        self.__dict__ = kept | fitted.attributes

    def _warn_of_few_steps(self, steps_an_epoch: int, first_epoch: int) -> None:
        steps = steps_an_epoch * (first_epoch + int(self.epochs))
        if steps < _FEW_STEPS:
            warn(
                f"This fit takes {steps} gradient steps in all, too few to learn much: "
                f"batch_size={self.batch_size} makes {steps_an_epoch} of an epoch, and there are "
                f"epochs={self.epochs}. Choose a smaller batch_size or more epochs.",
                ConvergenceWarning,
            )

    # --- going on from the last fit -------------------------------------------------------------

    def _goes_on(self) -> bool:
        return self.warm_start and hasattr(self, "model_")

    def _check_same_task(self, task: Task) -> None:
        ours, theirs = self._targets.attributes, task.targets.attributes
        same = all(np.array_equal(value, theirs[name]) for name, value in ours.items())
        if task.input_shape != self.input_shape_ or not same:
            raise ValueError(
                "warm_start=True continues the last fit, so X and y must have its shape and "
                f"classes: expected samples of shape {self.input_shape_} and {_spelled(ours)}; "
                f"received {task.input_shape} and {_spelled(theirs)}."
            )

    def _take_up_weights(self, model: keras.Model) -> None:
        ours, theirs = ([w.shape for w in m.get_weights()] for m in (self.model_, model))
        if ours != theirs:
            raise ValueError(
                f"warm_start=True continues the last fit with weights of shapes {ours}; received "
                f"a network of {theirs}. Keep its parameters, or set warm_start=False."
            )
        model.set_weights(self.model_.get_weights())

    def _continued(self, history: History) -> History:
        """Return the scores of all epochs, those that this fit goes on from included."""
        if not self._goes_on():
            return history
        before, now = len(self.history_["loss"]), len(history["loss"])
        return {
            name: self.history_.get(name, [math.nan] * before)
            + history.get(name, [math.nan] * now)
            for name in {**self.history_, **history}
        }

    # --- predict --------------------------------------------------------------------------------

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return what the network says about each sample.

        Parameters
        ----------
        X : array-like
            Samples of the shape that fit saw, or their rows.

        Returns
        -------
        ndarray of shape (n,) or (n, n_outputs)
            In the terms of the y that fit saw.
        """
        outputs = self._outputs(X)
        return self._targets.decoded(outputs)

    def _outputs(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return what the network gives for samples."""
        check_is_fitted(self)
        rows = read_samples_again(
            self, X, fitted_shape=self._sample_shape, other_shapes=self._other_sample_shapes()
        )
        return self._forward_pass(shaped(rows, self.input_shape_))

    def _other_sample_shapes(self) -> Sequence[Shape]:
        """Return shapes of images that a network knows to read though fit has seen others."""
        return ()

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _spelled(attributes: dict[str, Any]) -> str:
    """Write out ``classes_`` and its like for a message."""
    return " and ".join(
        f"the {name.rstrip('_')} {value.tolist()}" for name, value in attributes.items()
    )


def _warn_of_many_weights(model: keras.Model) -> None:
    n_weights = count_first_dense_weights(model)
    if n_weights > _MANY_WEIGHTS:
        warn(
            f"The first dense layer has {n_weights:,} weights, which take "
            f"{n_weights * _TRAINING_BYTES / 1e9:.1f} GB to train and much data to learn. Pool "
            "more before it (pooling='each', a larger pool_size), give it fewer units "
            "(dense_units or hidden_units), or make the images smaller."
        )

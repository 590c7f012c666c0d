"""What every estimator shares: from arrays and labels to a trained network and back.

A fit is a few values, each made from the one before: a *task* (what X and y say), a *training*
(the network, and how it learns), a *fitted* (what came of it).  The estimator takes the last one
over when all is done; until then it stays as it was.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import partial
from time import perf_counter
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags

from skcnn._engine.augmenting import warn_of_value_range
from skcnn._engine.callbacks import (
    average_weights,
    check_callbacks,
    check_monitored,
    keep_best,
    let_go,
)
from skcnn._engine.compiling import (
    fresh_metric,
    fresh_optimizer,
    name_of_loss,
    one_cycle,
    takes_logits,
)
from skcnn._engine.fitting import Training, create_variables, train
from skcnn._engine.models import (
    begin_averages,
    count_first_dense_weights,
    count_outputs,
    ends_in_half_precision,
    last_activation,
)
from skcnn._engine.runtime import keras
from skcnn._engine.seeding import names_given_back, seeded
from skcnn._sklearn_internals import CallbackSupportMixin, fit_context
from skcnn._warning import warn
from skcnn.estimators._extent import Extent
from skcnn.estimators._growing import GoesOn
from skcnn.estimators._holding_out import Validation
from skcnn.estimators._samples import Shape, shaped
from skcnn.estimators._scikit_learn_callbacks import AsFitted, FitTask
from skcnn.estimators._targets import Ending, Targets
from skcnn.estimators._task import Fitted, History, Task

_FEW_STEPS = 100
_OF_ONE_FIT = ("feature_names_in_", "_pickled_network", "_views_pass")
_MANY_WEIGHTS = 20_000_000
_TRAINING_BYTES = 16  # of a weight, its gradient and the two means that Adam keeps


class BaseKerasEstimator(CallbackSupportMixin, GoesOn):
    """A network as a scikit-learn estimator, whatever y is."""

    n_parameters_: int
    _sample_shape: Shape | None

    # --- for those who build a network of their own ---------------------------------------------

    def build_network(
        self, input_shape: Shape, n_outputs: int, output_activation: str = "softmax"
    ) -> keras.Model:
        """Build the network: the one method that an estimator of one's own must have.

        It need not name ``output_activation`` where the network ends in the same way for every y.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of one sample.
        n_outputs : int
            Units that the last layer needs: one a class, a label or a number to predict.
        output_activation : {"softmax", "sigmoid", "linear"}, default="softmax"
            Activation of the last layer that suits y: for classes, labels or numbers.

        Returns
        -------
        keras.Model
            Uncompiled; or compiled, where parameters such as ``optimizer`` shall not matter.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no build_network(input_shape, n_outputs, "
            "output_activation); expected a method that returns a keras.Model."
        )

    # --- fit ------------------------------------------------------------------------------------

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        **others: Any,
    ) -> Self:
        """Train a fresh network on samples and their targets.

        Parameters
        ----------
        X : array-like of shape (n, n_features), (n, height, width) or (n, height, width, channels)
            Samples: arrays, tensors, tables, lists or columns of images.  uint8 stays uint8 in
            memory; all else becomes float32.  A memory-mapped array and an h5py data set stay in
            their file, and are read block by block; sparse matrices and tables of sparse columns
            stay sparse, and become dense block by block.
        y : array-like of shape (n,) or (n, n_outputs)
            Targets: labels of any kind, one-hot rows or an indicator matrix for a classifier,
            numbers for a regressor.
        sample_weight : array-like of shape (n,) or None, default=None
            Weight of each sample.  Only their ratios matter: they are scaled to a mean of 1.
            They count in loss and metrics, those of the held-out part included.
        X_val : array-like or None, default=None
            Samples that give the validation scores in place of a held-out part of X.  In a
            Pipeline, ``transform_input=["X_val"]`` lets them pass the steps before.
        y_val : array-like or None, default=None
            Targets of X_val.
        sample_weight_val : array-like of shape (n_val,) or None, default=None
            Weights of X_val.
        groups : array-like of shape (n,) or None, default=None
            Group of each sample.  What ``validation_split`` holds out has no group in common with
            what is trained on; a splitter is handed them.
        **others : Any
            ``validation_data``, as ``keras.Model.fit`` takes it: X_val and y_val as a tuple, with
            weights as a third.  All else is refused, with a word about where it belongs.

        Returns
        -------
        self
            The fitted estimator.  After an error it is as it was before.

        Raises
        ------
        ValueError
            If X, y, a weight or a parameter is out of its range, only a part of the validation
            data is given, or the training diverges.
        TypeError
            If X is no set of samples, a parameter has the wrong type, or is given here.
        """
        began = perf_counter()
        validation = Validation(X_val, y_val, sample_weight_val, groups)
        validation = validation.or_as_keras_takes_it(others.pop("validation_data", None))
        self._refuse(others)
        task = self._read(X, y, sample_weight, validation)
        training, targets = self._prepare(task)
        training = self._limited(training, began)
        as_fitted = partial(self._fitted, task, targets)
        told = FitTask.begin(self, self._most_epochs(training), X, y, sample_weight)
        history = self._learn(training, told, as_fitted)
        self._take_over(as_fitted(training.model, history))
        told.end()
        return self

    def _limited(self, training: Training, began: float) -> Training:
        """Return a training of a fit that began then, with the time that it may take."""
        return training

    def _most_epochs(self, training: Training) -> int | None:
        """Return how many epochs a fit takes that begins with a training, if nothing stops it.

        None where nobody knows.
        """
        most = training.epochs - training.first_epoch
        return int(most) if math.isfinite(most) else None

    def _learn(self, training: Training, told: FitTask, as_fitted: AsFitted) -> History:
        """Do what a training says, and return its scores."""
        try:
            return train(told.epoch_by_epoch(training, as_fitted))
        finally:
            let_go(training.callbacks)

    def _refuse(self, misplaced: Mapping[str, Any]) -> None:
        for name in misplaced:
            if name in self.get_params(deep=False):
                kind = type(self).__name__
                raise TypeError(
                    f"fit() takes no {name!r}: it is a parameter of the estimator. Pass it to the "
                    f"constructor, {kind}({name}=...), or call set_params({name}=...) before fit."
                )
            raise TypeError(
                f"fit() got an unexpected keyword argument {name!r}; expected X, y, "
                "sample_weight, X_val, y_val, sample_weight_val or groups."
            )

    def _prepare(self, task: Task) -> tuple[Training, Targets]:
        """Build the network for a task, and return all that its training takes.

        The targets come back as this network gives them.
        """
        first_epoch = self.n_iter_ if self._goes_on() else 0
        if self._goes_on():
            task = self._as_before(task)
        extent = self._extent(len(task.training.rows))
        model, targets = self._network_for(task, extent.n_steps)
        if self._goes_on():
            self._take_up_weights(model)
        data, held_out = task.data(targets)
        augmenter = self._augmenter(data, targets, task.input_shape, task.seeds.order)
        warn_of_value_range(self.augmentation, task.x)
        self._warn_of_few_steps(extent, first_epoch)
        training = Training(
            model,
            data,
            batch_size=extent.batch_size,
            epochs=first_epoch + extent.epochs,
            seed=task.seeds.order,
            first_epoch=first_epoch,
            held_out=held_out,
            augmenter=augmenter,
            in_16_bits=self._trains_in_16_bits(),
            callbacks=self._make_callbacks(model, targets, has_held_out=held_out is not None),
            verbose=int(self.verbose),
        )
        return training, targets

    def _network_for(self, task: Task, n_steps: int) -> tuple[keras.Model, Targets]:
        """Return a network with all its variables, and the targets as it gives them."""
        with self._chance(task.seeds.network), names_given_back():
            model = self._build(task, n_steps)
            targets = task.targets.given_by(self._ending(model, task))
            create_variables(model, task.training.data(targets))
        _warn_of_many_weights(model)
        return model, targets

    def _initialize(self, task: Task) -> None:
        """Become an estimator that has learned nothing yet."""
        model, targets = self._network_for(task, n_steps=1)
        self._take_over(Fitted(task, model, targets, {}, self.monitor))

    def _chance(self, seed: int) -> AbstractContextManager[None]:
        """Return what decides the seeds of a network that is built inside its block."""
        return seeded(seed)

    def _build(self, task: Task, n_steps: int) -> keras.Model:
        """Build the network, and compile it for ``n_steps`` if it does not come compiled."""
        targets = task.targets
        names = inspect.signature(self.build_network).parameters
        ending = (targets.output_activation,) if "output_activation" in names else ()
        model = self.build_network(task.input_shape, targets.n_outputs, *ending)
        if not model.compiled:
            self._compile(model, task, n_steps)
        return model

    def _compile(self, model: keras.Model, task: Task, n_steps: int) -> None:
        n_outputs = count_outputs(model, task.x)
        arguments = self._compile_arguments(task.targets, n_outputs, n_steps)
        arguments["weighted_metrics"] = arguments.pop("metrics")  # weights need not be given
        model.compile(**arguments)

    def _compile_arguments(self, targets: Targets, n_outputs: int, n_steps: int) -> dict[str, Any]:
        """Return what a network that trains for ``n_steps`` is compiled with."""
        return {
            "optimizer": self._fresh_optimizer(n_steps),
            "loss": self._loss_for_training(targets, n_outputs),
            "metrics": [fresh_metric(metric) for metric in targets.metrics(self.metrics)],
        }

    def _loss_for_training(self, targets: Targets, n_outputs: int) -> Any:
        return targets.default_loss(n_outputs)

    def _ending(self, model: keras.Model, task: Task) -> Ending:
        """Return how a compiled network ends."""
        return Ending(
            count_outputs(model, task.x),
            self._name_of_loss(model),
            from_logits=takes_logits(model.loss),
            half_precision=ends_in_half_precision(model),
            activation=last_activation(model),
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
        self, model: keras.Model, targets: Targets, *, has_held_out: bool
    ) -> list[keras.callbacks.Callback]:
        users = self._users_callbacks()
        check_callbacks(users)
        if self.early_stopping or self.checkpoint_path is not None:
            check_monitored(model, self.monitor, has_held_out=has_held_out)
        own = keep_best(
            model,
            monitor=self.monitor,
            patience=self.patience if self.early_stopping else None,
            checkpoint_path=self.checkpoint_path,
            saved=targets.completed(model),
        )
        return average_weights(own + users) if self.weight_averaging is not None else own + users

    def _fitted(
        self, task: Task, targets: Targets, model: keras.Model, history: History
    ) -> Fitted:
        """Return what training a network for a task has come to."""
        return Fitted(task, model, targets, self._continued(history), self.monitor)

    def _take_over(self, fitted: Fitted) -> None:
        """Become what a fit has come to, in one step."""
        kept = {name: value for name, value in vars(self).items() if name not in _OF_ONE_FIT}
        begin_averages(fitted.model)
        self.__dict__ = kept | fitted.attributes | {"_learning_rate": self.learning_rate}

    def _warn_of_few_steps(self, extent: Extent, first_epoch: int) -> None:
        steps = extent.steps_an_epoch * (first_epoch + extent.epochs)
        if steps < _FEW_STEPS:
            warn(
                f"This fit takes {steps} gradient step{'s' * (steps != 1)} in all, too few to "
                f"learn much: batch_size={extent.batch_size} makes {extent.steps_an_epoch} of an "
                f"epoch, and there are epochs={extent.epochs}. Choose a smaller batch_size or "
                "more epochs.",
                ConvergenceWarning,
            )

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
        self._check_fitted()
        return self._predicting_pass()(shaped(self._read_again(X), self.input_shape_))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.sparse = True
        return tags


def _warn_of_many_weights(model: keras.Model) -> None:
    n_weights = count_first_dense_weights(model)
    if n_weights > _MANY_WEIGHTS:
        warn(
            f"The first dense layer has {n_weights:,} weights, which take "
            f"{n_weights * _TRAINING_BYTES / 1e9:.1f} GB to train and much data to learn. Pool "
            "more before it (pooling='each', a larger pool_size, or global_pooling='average', as "
            "CNNClassifier.from_preset('photos') does), give it fewer units (dense_units or "
            "hidden_units), or make the images smaller."
        )

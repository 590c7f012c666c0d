"""What every classifier shares: from arrays and labels to a trained network and back.

This is scikeras' one door: its ``BaseWrapper`` keeps a builder's arguments as parameters of the
estimator.  What a fit does with data, labels, seeds and training is skcnn's own.
"""

from __future__ import annotations

# First, because scikeras imports Keras, and TensorFlow must start through its door.
from skcnn._engine.runtime import keras, names_given_back, seeded

# isort: split

import inspect
import os
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scikeras.utils import loss_name
from scikeras.wrappers import BaseWrapper
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.utils import Tags
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from skcnn._augmentation import RandomAffine
from skcnn.estimators import labels
from skcnn.estimators._augmenting import augmenter_for
from skcnn.estimators._building import Builder, call_builder, metadata
from skcnn.estimators._images import Shape, as_rows, check_sample_shape
from skcnn._engine.callbacks import average_weights, check_monitored, keep_best
from skcnn._engine.compiling import fresh_optimizer, one_cycle, smoothed
from skcnn._engine.feeding import TrainingData, is_memory_mapped
from skcnn._engine.fitting import count_outputs, create_variables, train
from skcnn._engine.predicting import ForwardPass

_IN_MEMORY = (np.float32, np.uint8)

# scikit-learn 1.6 replaced this method by __sklearn_tags__ and calls it no more; its checks refuse
# every class that still inherits it.
if "_more_tags" in vars(BaseWrapper):
    del BaseWrapper._more_tags


def _dtypes_for(X: Any) -> Any:
    """Return the dtypes to validate X as; memory-mapped ones stay, for else they were copied."""
    return "numeric" if is_memory_mapped(X) else _IN_MEMORY


def _draw_seed(random_state: Any) -> int:
    """Return a seed for one fit; None takes fresh entropy and leaves NumPy's generator alone."""
    if random_state is None:
        return int(np.random.default_rng().integers(2**32))
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(random_state.randint(2**31))  # a RandomState moves on, as scikit-learn's do


class _NotOffered:
    """Hides a method that scikeras' base class has and these classifiers do not."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> None:
        raise AttributeError(f"{owner.__name__!r} object has no attribute {self._name!r}")


class BaseKerasClassifier(ClassifierMixin, BaseWrapper):
    """Base of all classifiers: from arrays and labels to a trained network and back.

    A classifier of your own subclasses this, stores its parameters in ``__init__`` and builds its
    network in ``_keras_build_fn(input_shape, n_classes)``; ``MLPClassifier`` is the example.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "optimizer": [str, HasMethods(["from_config"])],
        "learning_rate": [
            Interval(Real, 0, None, closed="neither"),
            HasMethods(["get_config"]),
            StrOptions({"one_cycle"}),
            None,
        ],
        "peak_learning_rate": [Interval(Real, 0, None, closed="neither")],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "weight_averaging": [Interval(Real, 0, 1, closed="neither"), None],
        "augmentation": [RandomAffine, list, tuple, None],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "validation_split": [Interval(Real, 0, 1, closed="left")],
        "early_stopping": ["boolean"],
        "patience": [Interval(Integral, 0, None, closed="left")],
        "monitor": [str],
        "checkpoint_path": [str, os.PathLike, None],
        "callbacks": [list, tuple, None],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": [Interval(Integral, 0, 2, closed="both"), "boolean"],
    }

    partial_fit = _NotOffered()
    initialize = _NotOffered()

    # scikit-learn's rules for parameters, where scikeras takes any name and prints all of them.
    _get_param_names: Any = classmethod(BaseEstimator._get_param_names.__func__)
    set_params = BaseEstimator.set_params
    __repr__ = BaseEstimator.__repr__

    model_: keras.Model
    input_shape_: Shape
    classes_: NDArray[Any]
    history_: dict[str, list[float]]

    def __init__(
        self,
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
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.peak_learning_rate = peak_learning_rate
        self.label_smoothing = label_smoothing
        self.weight_averaging = weight_averaging
        self.augmentation = augmentation
        self.batch_size = batch_size
        self.epochs = epochs
        self.validation_split = validation_split
        self.early_stopping = early_stopping
        self.patience = patience
        self.monitor = monitor
        self.checkpoint_path = checkpoint_path
        self.callbacks = callbacks
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__().copy()
        state.pop("_forward_pass", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "model_" in state:
            self._forward_pass = ForwardPass(self.model_, self.input_shape_)

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train a fresh network on images and their labels.

        Parameters
        ----------
        X : array-like of shape (n, n_features), (n, height, width) or (n, height, width, channels)
            Samples.  uint8 stays uint8 in memory; all else becomes float32.  A memory-mapped
            array stays in its file, and is read block by block.
        y : array-like of shape (n,) or (n, n_classes)
            Labels of any kind, or one-hot rows.
        sample_weight : array-like of shape (n,) or None, default=None
            Weight of each sample.  Only their ratios matter: they are scaled to a mean of 1.
            Weights also count in the scores of the held-out part.

        Returns
        -------
        self
            The fitted classifier.  After an error it is as it was before.

        Raises
        ------
        ValueError
            If X, y, a weight or a parameter is out of its range, or the training diverges.
        TypeError
            If X is sparse, or a parameter has the wrong type.
        """
        before = self.__dict__.copy()
        try:
            self._fit(X, y, sample_weight)
        except BaseException:
            self.__dict__ = before
            raise
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable label of each sample.

        Parameters
        ----------
        X : array-like
            Samples of the shape that fit saw.

        Returns
        -------
        ndarray of shape (n,) or (n, n_classes)
            Labels as in ``classes_``; one-hot rows of int64 where fit was given one-hot rows.
        """
        best = labels.as_probabilities(self._outputs(X), from_logits=self._from_logits).argmax(1)
        if self._one_hot:
            return np.eye(len(self.classes_), dtype=np.int64)[best]
        return self.classes_[best]

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return the probability of each class for each sample.

        Parameters
        ----------
        X : array-like
            Samples of the shape that fit saw.

        Returns
        -------
        ndarray of shape (n, n_classes), float32
            Columns in the order of ``classes_``; each row sums to 1.

        Raises
        ------
        ValueError
            If the builder's network does not end in probabilities.
        """
        outputs = self._outputs(X)
        probabilities = labels.as_probabilities(outputs, from_logits=self._from_logits)
        if (probabilities < 0).any() or not np.allclose(probabilities.sum(axis=1), 1, atol=1e-3):
            raise ValueError(
                "The network's outputs are no probabilities: expected rows of non-negative "
                f"numbers that sum to 1, received {outputs[0].tolist()} for the first sample. End "
                "the builder's network in softmax (or one sigmoid unit), or give it a loss with "
                "from_logits=True."
            )
        return probabilities

    def predict_log_proba(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return the natural logarithm of ``predict_proba``.

        Parameters
        ----------
        X : array-like
            Samples of the shape that fit saw.

        Returns
        -------
        ndarray of shape (n, n_classes), float32
            Columns in the order of ``classes_``; -inf where a probability is 0.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def _outputs(self, X: ArrayLike) -> NDArray[Any]:
        check_is_fitted(self)
        rows, sample_shape = as_rows(X)
        check_sample_shape(sample_shape, self._sample_shape, type(self).__name__)
        rows = validate_data(self, rows, dtype=_dtypes_for(rows), reset=False)
        return self._forward_pass(rows.reshape(-1, *self.input_shape_))

    def _fit(self, X: Any, y: Any, sample_weight: ArrayLike | None) -> None:
        one_hot = labels.is_one_hot_shaped(y)
        n_columns = np.asarray(y).shape[1] if one_hot else None
        rows, sample_shape = as_rows(X)
        rows, y = validate_data(
            self,
            rows,
            labels.from_one_hot(y) if one_hot else y,
            dtype=_dtypes_for(rows),
            ensure_min_samples=2,
        )
        classes, codes = labels.encode(y, n_columns)
        weight = labels.weights(sample_weight, self.class_weight, rows, y)
        x = rows.reshape(-1, *self._network_input_shape(sample_shape or rows.shape[1:]))

        seeds = np.random.SeedSequence(_draw_seed(self.random_state)).generate_state(3)
        build_seed, split_seed, order_seed = (int(seed) for seed in seeds)
        candidates = np.arange(len(x)) if weight is None else np.flatnonzero(weight)
        training, held_out = labels.hold_out(codes[candidates], self.validation_split, split_seed)

        n_steps = int(self.epochs) * -(-len(training) // int(self.batch_size))
        with seeded(build_seed), names_given_back():
            model = self._build_model(x, classes, n_steps)
            targets = labels.as_targets(
                codes, len(classes), count_outputs(model, x), loss_name(model.loss)
            )
            data = TrainingData(x, targets, weight, candidates[training], candidates[held_out])
            create_variables(model, data)
            augmenter = augmenter_for(self.augmentation, x.shape[1:])
        if self.warm_start and hasattr(self, "model_"):
            self._check_same_task(classes, x.shape[1:])
            model.set_weights(self.model_.get_weights())
        callbacks = self._make_callbacks(model, has_held_out=len(held_out) > 0)
        self.history_ = train(
            model,
            data,
            batch_size=int(self.batch_size),
            epochs=int(self.epochs),
            seed=order_seed,
            augmenter=augmenter,
            callbacks=callbacks,
            verbose=int(self.verbose),
        )
        self.n_iter_ = len(self.history_["loss"])
        self.model_ = model
        self.classes_ = classes
        self.input_shape_ = x.shape[1:]
        self._sample_shape = sample_shape
        self._one_hot = one_hot
        self._from_logits = bool(getattr(model.loss, "from_logits", False))
        self._forward_pass = ForwardPass(model, self.input_shape_)

    def _network_input_shape(self, sample_shape: Shape) -> Shape:
        """Return the shape in which the network takes samples of ``sample_shape``."""
        return sample_shape

    def _build_model(self, x: NDArray[Any], classes: NDArray[Any], n_steps: int) -> keras.Model:
        """Build the network for samples like ``x``, and compile it if its builder did not."""
        builder = self._builder()
        compile_arguments = self._compile_arguments(n_steps)
        model = call_builder(
            builder,
            self._builder_arguments(),
            offers={
                "input_shape": x.shape[1:],
                "n_classes": len(classes),
                "meta": metadata(x, classes),
                "compile_kwargs": compile_arguments,
                "params": self.get_params(deep=False),
            },
        )
        if not model.compiled:
            model.compile(**compile_arguments)
        elif not {"compile_kwargs", "params"} & inspect.signature(builder).parameters.keys():
            self._check_nothing_to_compile_with()
        return model

    def _check_nothing_to_compile_with(self) -> None:
        """Raise if parameters ask for what a builder that compiles by itself has not heard of."""
        defaults = inspect.signature(type(self)).parameters
        compiled_with = (
            "loss",
            "optimizer",
            "learning_rate",
            "label_smoothing",
            "weight_averaging",
        )
        unheard = [
            name
            for name, value in self.get_params(deep=False).items()
            if name.startswith("optimizer__")
            or (name in compiled_with and value != defaults[name].default)
        ]
        if unheard:
            raise ValueError(
                f"The builder compiles its network itself, so {', '.join(unheard)} would have no "
                "effect. Let it return an uncompiled network, or let it take compile_kwargs and "
                "compile with those."
            )

    def _builder(self) -> Builder:
        return self._keras_build_fn

    def _builder_arguments(self) -> dict[str, Any]:
        """Return the parameters of the estimator that its builder takes by name."""
        return {}

    def _compile_arguments(self, n_steps: int) -> dict[str, Any]:
        """Return what a network that trains for ``n_steps`` is compiled with."""
        return {
            "optimizer": self._fresh_optimizer(n_steps),
            "loss": smoothed("categorical_crossentropy", self.label_smoothing),
            "metrics": ["accuracy"],
        }

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

    def _check_same_task(self, classes: NDArray[Any], input_shape: Shape) -> None:
        if input_shape != self.input_shape_ or not np.array_equal(classes, self.classes_):
            raise ValueError(
                "warm_start=True continues the last fit, so X and y must have its shape and "
                f"classes: expected samples of shape {self.input_shape_} and the classes "
                f"{self.classes_.tolist()}; received {input_shape} and {classes.tolist()}."
            )

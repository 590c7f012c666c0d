"""The classifier that takes any Keras builder."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from skcnn.estimators._base import BaseKerasClassifier
from skcnn.estimators._building import Builder
from skcnn.estimators._documentation import documented
from skcnn._engine.compiling import smoothed
from skcnn._engine.runtime import keras


@documented
class KerasClassifier(BaseKerasClassifier):
    """A classifier from any function that builds a Keras network.

    Parameters
    ----------
    model : callable
        Builds the network: returns a ``keras.Model``, compiled or not.  It is handed, by name,
        the builder arguments below and whichever of these its signature names: ``input_shape``
        (shape of one sample), ``n_classes``, ``compile_kwargs`` (dict with ``optimizer``,
        ``loss`` and ``metrics``), ``meta`` (dict of facts about the data, under scikeras' names)
        and ``params`` (all parameters of the classifier).
    loss : str, callable or keras.losses.Loss, default="categorical_crossentropy"
        Loss of a network that comes uncompiled.  Labels are encoded as the network's loss and
        outputs want them.
    {training_parameters}
    **builder_arguments
        Arguments of the builder, by its own names or as ``model__name``; settings of the
        optimizer as ``optimizer__name``.  All of them are parameters of the estimator, which
        ``set_params`` and a grid search can set.

    Attributes
    ----------
    {fitted_attributes}

    Examples
    --------
    >>> from skcnn import KerasClassifier, build_cnn, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> classifier = KerasClassifier(build_cnn, filters=(8, 16), epochs=2, random_state=0)
    >>> classifier.fit(X[..., None] / 255, y).predict_proba(X[:3, ..., None] / 255).shape
    (3, 10)
    """

    def __init__(
        self,
        model: Builder,
        *,
        loss: Any = "categorical_crossentropy",
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
        **builder_arguments: Any,
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
        self.model = model
        self.loss = loss
        self.__dict__.update(builder_arguments)

    # What scikeras' base class reads: the prefixes whose parameters belong to somebody else.
    _routing_prefixes: ClassVar[set[str]] = {"model", "optimizer"}

    def _get_param_names(self) -> list[str]:
        return sorted(super(BaseKerasClassifier, self)._get_param_names())

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the classifier, the builder (``name``) or the optimizer.

        Parameters
        ----------
        **params : Any
            Any parameter of ``get_params``, any argument that the builder names, and
            ``model__name`` or ``optimizer__name``.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there is no such parameter.
        """
        builder = params.get("model", self.model)
        named = inspect.signature(builder).parameters if callable(builder) else {}
        for name in params.keys() - self.get_params(deep=False).keys():
            if name in named:
                setattr(self, name, params.pop(name))
        # past BaseKerasClassifier, whose parameters are fixed, to scikeras, whose are not
        return super(BaseKerasClassifier, self).set_params(**params)

    def _builder(self) -> Builder:
        if not callable(self.model) or isinstance(self.model, keras.Model):
            raise TypeError(
                "model must be a function that builds a keras.Model, so that each fit starts from "
                f"a fresh one; received {self.model!r}."
            )
        return self.model

    def _given(self) -> dict[str, Any]:
        """Return what was given beyond the constructor's own parameters."""
        own = inspect.signature(type(self)).parameters
        return {k: v for k, v in self.get_params(deep=False).items() if k not in own}

    def _builder_arguments(self) -> dict[str, Any]:
        given = self._given()
        for name in given:
            prefix, routed, _ = name.partition("__")
            if routed and prefix not in self._routing_prefixes:
                raise ValueError(
                    f"KerasClassifier hands on model__* and optimizer__*; received {name!r}."
                )
        by_own_name = {name: value for name, value in given.items() if "__" not in name}
        return by_own_name | _routed(given, "model__")

    def _compile_arguments(self, n_steps: int) -> dict[str, Any]:
        options = _routed(self._given(), "optimizer__")
        return {
            "optimizer": self._fresh_optimizer(n_steps, **options),
            "loss": smoothed(self.loss, self.label_smoothing),
            "metrics": ["accuracy"],
        }


def _routed(params: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in params.items()
        if name.startswith(prefix)
    }

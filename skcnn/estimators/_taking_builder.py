"""What an estimator does that takes any builder: call it, hand on what it names, compile."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, Any

from skcnn._engine.compiling import fresh_metric, one_cycle, smoothed
from skcnn._engine.copying import compile_as
from skcnn._engine.models import count_outputs
from skcnn._engine.runtime import keras
from skcnn._engine.seeding import global_generators_seeded
from skcnn.estimators._base import BaseKerasEstimator
from skcnn.estimators._building import (
    Builder,
    all_unshared,
    as_rows_of_targets,
    call_builder,
    is_called_with_data,
    metadata,
    named_by,
    route_of,
    unshared,
)
from skcnn.estimators._columns_of_inputs import check_has_one_input, with_one_input
from skcnn.estimators._making import (
    arguments_of,
    loss_class,
    made,
    metric_class,
    told_why,
)
from skcnn.estimators._open_parameters import ROUTES, leads_nowhere
from skcnn.estimators._parameters import network_estimator, parameter, with_default
from skcnn.estimators._samples import Shape, warn_of_channels_first
from skcnn.estimators._targets import Targets
from skcnn.estimators._task import Task
from skcnn.estimators._training_routes import RoutesToTraining

_COMPILED_WITH = (
    "loss",
    "optimizer",
    "metrics",
    "learning_rate",
    "label_smoothing",
    "weight_averaging",
)
_CALLED_OTHERWISE = {
    "build_fn": "Pass the builder as model=.",
    "model_kwargs": "Pass each of them by its own name, or as model__name.",
    "fit_kwargs": "Pass epochs, batch_size and the like as parameters of the estimator.",
    "shuffle": "Samples are always shuffled, anew in each epoch, by random_state.",
    "run_eagerly": "Let the builder compile its network with run_eagerly=True.",
    "validation_batch_size": "The held-out part comes in batches of batch_size.",
}

_COMPILES_ITSELF = (
    "The builder compiles its network itself, so {} would have no effect. Let it return an "
    "uncompiled network, or let it take compile_kwargs, or arguments of these names, and compile "
    "with those."
)


@network_estimator
class TakesBuilder(RoutesToTraining):
    """An estimator whose network any function builds."""

    model: Any = parameter(
        "callable, keras.Model or None",
        """
        Builds the network: returns a ``keras.Model``, compiled or not.  None where a subclass has
        a method ``_keras_build_fn`` that does so, as scikeras' documentation teaches.""",
        default=None,
    )
    _: KW_ONLY
    validation_split: Any = with_default(BaseKerasEstimator, "validation_split", default=0.0)
    early_stopping: bool = with_default(BaseKerasEstimator, "early_stopping", default=False)
    inputs: Mapping[str, Any] | None = parameter(
        "dict of str to slice, int, str or list of such, or None",
        """
        Columns of X that each input of a network takes, by the input's name, where it has several:
        ``{"image": slice(0, 784), "table": ["age", "sex"]}``.  Columns have numbers, or the names
        that a DataFrame gives them; each input gets them reshaped to what it wants, and may share
        them with others.""",
        default=None,
        constraint=[dict, None],
    )

    if TYPE_CHECKING:
        loss: Any  # which classifiers and regressors declare, each with a default of its own

    # --- the network ----------------------------------------------------------------------------

    def _chance(self, seed: int) -> AbstractContextManager[Any]:
        stack = ExitStack()  # a builder may draw from the global generators
        stack.enter_context(super()._chance(seed))
        stack.enter_context(global_generators_seeded(seed))
        return stack

    def _build(self, task: Task, n_steps: int) -> keras.Model:
        warn_of_channels_first(task.input_shape)
        named = named_by(self._builder_or_none())
        self._check_names(named)
        builder = self._builder(task)
        handed = self._facts(task, n_steps, named) | self._arguments_for(named, task, n_steps)
        default_loss = (
            handed["compile_kwargs"]["loss"] if self._hands_default_loss(named) else None
        )
        model = self._joined(call_builder(builder, handed), task)
        if not model.compiled:
            self._compile(model, task, n_steps)
        elif default_loss is not None and model.loss == default_loss:
            self._suit_loss(model, task)
        elif not (_reads_from_self(builder) or {"compile_kwargs", "params"} & named.keys()):
            self._check_all_is_heard(named, _COMPILES_ITSELF)
        return model

    def _builder(self, task: Task) -> Builder:
        builder = self._builder_or_none()
        if not callable(builder):
            raise TypeError(
                "model must be a keras.Model, of which each fit trains a copy, or a function that "
                f"builds one; received {self.model!r}."
            )
        if self._own_builder() is None:
            return builder
        # A method of a subclass may read what scikeras knows by then, such as self.n_features_in_.
        facts = metadata(task.x, task.targets)
        return self._twin(**facts, optimizer=unshared(self.optimizer))._own_builder()

    def network_input_shape(self, sample_shape: Shape) -> Shape:
        """Return the shape in which the network takes samples of ``sample_shape``."""
        return sample_shape if self.inputs is None else (math.prod(sample_shape),)

    def _joined(self, model: keras.Model, task: Task) -> keras.Model:
        """Return a network of one input, which hands on columns where there are several."""
        if self.inputs is None:
            check_has_one_input(model)
            return model
        learned = task.samples.learned
        names = learned.get("feature_names_in_")
        return with_one_input(model, self.inputs, learned["n_features_in_"], names)

    def _facts(self, task: Task, n_steps: int, named: Mapping[str, Any]) -> dict[str, Any]:
        """Return those facts about the data that a builder names."""
        targets = task.targets
        offers: dict[str, Callable[[], Any]] = {
            "input_shape": lambda: task.input_shape,
            "n_classes": lambda: targets.n_outputs,
            "n_outputs": lambda: targets.n_outputs,
            "output_activation": lambda: targets.output_activation,
            "meta": lambda: metadata(task.x, targets),
            "compile_kwargs": lambda: self._compile_arguments(targets, targets.n_outputs, n_steps),
            "params": lambda: all_unshared(self.get_params(deep=False)),
        }
        if is_called_with_data(self._builder_or_none()):
            offers["X"] = lambda: task.x
            offers["y"] = lambda: as_rows_of_targets(targets, task.training.codes)
        return {name: offer() for name, offer in offers.items() if name in named}

    def _arguments_for(
        self, named: Mapping[str, inspect.Parameter], task: Task, n_steps: int
    ) -> dict[str, Any]:
        """Return what a builder is called with: arguments of its own, parameters that it names."""
        targets = task.targets
        given = {name: vars(self)[name] for name in self._builder_names if "__" not in name}
        shared = {
            name: argument.default
            for name, argument in named.items()
            if isinstance(argument.default, keras.optimizers.Optimizer)
        }
        shared |= {name: vars(self)[name] for name in named if self._is_meant(name, named[name])}
        if "optimizer" in named and self._optimizer_needs_more(named):
            shared["optimizer"] = self._optimizer_for(named["optimizer"], n_steps)
        if "loss" in named and ("loss" in shared or self._loss_needs_more()):
            shared["loss"] = self._loss_for(named, targets)
        if "metrics" in named and ("metrics" in shared or self._routed("metrics")):
            shared["metrics"] = self._metrics_for_training(targets)
        if shared.get("learning_rate") == "one_cycle":
            shared["learning_rate"] = one_cycle(self.peak_learning_rate, n_steps)
        return all_unshared(shared | given | self._routed("model"))

    def _is_meant(self, name: str, argument: inspect.Parameter) -> bool:
        """Tell whether a parameter is for the builder, which may have a default of its own."""
        defaults = self._defaults()
        if name not in vars(self) or name not in self._own_names() | defaults.keys():
            return False
        if name not in defaults or argument.default is inspect.Parameter.empty:
            return True
        value, default = vars(self)[name], defaults[name]
        return name in self._given or type(value) is not type(default) or value != default

    def _optimizer_needs_more(self, named: Mapping[str, inspect.Parameter]) -> bool:
        """Tell whether there are settings that only an optimizer can carry to the builder."""
        return (
            bool(self._routed("optimizer"))
            or self.weight_averaging is not None
            or (self.learning_rate is not None and "learning_rate" not in named)
        )

    def _optimizer_for(
        self, argument: inspect.Parameter, n_steps: int
    ) -> keras.optimizers.Optimizer:
        """Return the optimizer with all its settings: the builder's own where none was given."""
        asked = self
        if not self._is_meant("optimizer", argument) and argument.default is not None:
            asked = self._twin(optimizer=argument.default)
        return asked._fresh_optimizer(n_steps)

    def _loss_needs_more(self) -> bool:
        return bool(self._routed("loss")) or self._label_smoothing() != 0

    def _loss_for(self, named: Mapping[str, inspect.Parameter], targets: Targets) -> Any:
        """Return the loss, smoothed: the builder's own where none was given."""
        loss = self.loss if self._is_meant("loss", named["loss"]) else named["loss"].default
        loss = self._made_loss(loss, targets, targets.n_outputs)
        return loss if "label_smoothing" in named else smoothed(loss, self._label_smoothing())

    # --- nothing goes unheard -------------------------------------------------------------------

    def _check_names(self, named: Mapping[str, inspect.Parameter]) -> None:
        """Raise if there is a parameter that is neither the builder's nor by a route."""
        for name in self._builder_names:
            if "__" in name and route_of(name) not in ROUTES:
                raise ValueError(leads_nowhere(self, name))
            if name in _CALLED_OTHERWISE and name not in named:
                raise TypeError(
                    f"{type(self).__name__} takes no {name}. {_CALLED_OTHERWISE[name]}"
                )

    def _check_all_is_heard(self, named: Mapping[str, inspect.Parameter], message: str) -> None:
        """Raise if parameters ask for what a network that comes compiled was not compiled with."""
        heard = set(named)
        if "optimizer" in named:
            heard |= {"learning_rate", "weight_averaging"}
        if "loss" in named:
            heard |= {"label_smoothing"}
        asked = [name for name in _COMPILED_WITH if self._asks_for(name)]
        for route in ("optimizer", "loss", "metrics"):
            asked += [f"{route}__{name}" for name in self._routed(route)]
        unheard = [name for name in asked if (route_of(name) or name) not in heard]
        if unheard:
            raise ValueError(message.format(", ".join(unheard)))

    def _asks_for(self, name: str) -> bool:
        """Tell whether a parameter asks for something; the optimizer does so by being given."""
        defaults = self._defaults()
        if name not in defaults:
            return False
        return vars(self)[name] != defaults[name] or (name == "optimizer" and name in self._given)

    # --- compiling ------------------------------------------------------------------------------

    def _compile_arguments(self, targets: Targets, n_outputs: int, n_steps: int) -> dict[str, Any]:
        own = super()._compile_arguments(targets, n_outputs, n_steps)
        return own | {"metrics": self._metrics_for_training(targets)}

    def _loss_for_training(self, targets: Targets, n_outputs: int) -> Any:
        return smoothed(self._made_loss(self.loss, targets, n_outputs), self._label_smoothing())

    def _made_loss(self, loss: Any, targets: Targets, n_outputs: int) -> Any:
        if loss is None:
            loss = targets.default_loss(n_outputs)
        if isinstance(loss, (list, tuple, Mapping)):
            raise TypeError(
                f"loss must be a single one, for a network has one output here; received {loss!r}."
            )
        return made(loss, self._routed("loss"), "loss", loss_class)

    def _label_smoothing(self) -> float:
        return getattr(self, "label_smoothing", 0.0)

    def _hands_default_loss(self, named: Mapping[str, inspect.Parameter]) -> bool:
        given = {"compile_kwargs", "model__compile_kwargs"} & set(self._builder_names)
        return self.loss is None and "compile_kwargs" in named and not given

    def _suit_loss(self, model: keras.Model, task: Task) -> None:
        """Let a network have the loss of as many outputs as it has, which nobody knew before."""
        n_outputs = count_outputs(model, task.x)
        if n_outputs != task.targets.n_outputs:
            loss = self._loss_for_training(task.targets, n_outputs)
            compile_as(model, model, optimizer=model.optimizer, loss=loss)

    def _metrics_for_training(self, targets: Targets) -> list[Any]:
        asked = targets.metrics(self.metrics)
        with_settings = made(asked, self._routed("metrics"), "metrics", metric_class)
        return [fresh_metric(metric) for metric in with_settings]

    def _fresh_optimizer(self, n_steps: int, **options: Any) -> keras.optimizers.Optimizer:
        settings = self._routed("optimizer")
        if "learning_rate" in settings and self.learning_rate is not None:
            raise ValueError(
                f"learning_rate={self.learning_rate!r} and optimizer__learning_rate="
                f"{settings['learning_rate']!r} both say how fast to learn. Pass one of them."
            )
        make = functools.partial(super()._fresh_optimizer, n_steps)
        if not settings:
            return make(**options)
        options = arguments_of(settings, "optimizer") | options
        name = getattr(self.optimizer, "__name__", str(self.optimizer))
        return told_why(lambda: make(**options), name, settings, "optimizer")


def _reads_from_self(builder: Builder) -> bool:
    """Tell whether a builder is a method of the estimator, which knows all of its parameters."""
    return inspect.ismethod(builder) and isinstance(builder.__self__, TakesBuilder)

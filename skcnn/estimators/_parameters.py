"""Parameters of estimators: each declared once, where it is read.

A declaration is a field of a class: its name and type hint, its default, the values that
scikit-learn lets pass, and its line in the docstring.  ``network_estimator`` makes the
constructor, the checks and that part of the docstring from it.
"""

from __future__ import annotations

import dataclasses
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, dataclass_transform

from sklearn.base import ClassifierMixin

_INDENT = "    "
_OF_CLASSIFIERS = """\
classes_ : ndarray of shape (n_classes,)
    Labels seen in fit, sorted; the order of the columns of ``predict_proba``."""
_OF_REGRESSORS = """\
n_outputs_ : int
    Numbers to predict for each sample."""
_FITTED_ATTRIBUTES = """\
model_ : keras.Model
    The trained network.
history_ : dict of str to list of float
    Loss and metrics by epoch; those of the held-out part under ``val_`` names.
n_iter_ : int
    Epochs run, with those of the fits that ``warm_start`` or ``partial_fit`` has gone on from.
best_epoch_ : int or None
    Epoch with the best score by ``monitor``, counted from 1; None where there is no such score.
best_score_ : float or None
    That score.
n_parameters_ : int
    Numbers that the network keeps to predict with.
input_shape_ : tuple of int
    Shape of one sample as the network takes it.
n_features_in_ : int
    Numbers in one sample, such as 784 for images of 28 x 28.
feature_names_in_ : ndarray of shape (n_features_in_,)
    Column names of X, where it was a DataFrame with string column names."""

Class = TypeVar("Class", bound=type)


def parameter(
    kind: str,
    text: str,
    *,
    default: Any = dataclasses.MISSING,
    constraint: Sequence[Any] | None = None,
) -> Any:
    """Declare a parameter of an estimator, as the value of a field of its class.

    Parameters
    ----------
    kind : str
        Its type as docstrings write it, such as ``"int"`` or ``'{"last", "each"}'``.
    text : str
        What it means, for the docstring.
    default : object, optional
        What it is where nothing is given; left out for a parameter that must be given.
    constraint : sequence or None, default=None
        What scikit-learn checks in ``fit``: types, ``Interval``, ``StrOptions`` and the like; None
        where the class checks by itself.
    """
    metadata = {"kind": kind, "constraint": constraint, "text": textwrap.dedent(text).strip()}
    return dataclasses.field(default=default, metadata=metadata)


def with_default(cls: type, name: str, *, default: Any) -> Any:
    """Declare a parameter of a base class again, with another default."""
    declared = {field.name: field for field in dataclasses.fields(cls)}[name]
    return dataclasses.field(default=default, metadata=declared.metadata)


@dataclass_transform(field_specifiers=(parameter, with_default))
def network_estimator(cls: Class) -> Class:
    """Give an estimator a constructor of its declared parameters, their checks and their docs.

    The parameters of a base class come after those of the class itself and are given by name.

    Parameters
    ----------
    cls : type
        A subclass of ``BaseKerasClassifier`` or ``BaseKerasRegressor`` whose fields are
        parameters.

    Returns
    -------
    type
        The same class.
    """
    own_doc = cls.__doc__
    dataclasses.dataclass(repr=False, eq=False)(cls)
    constraints = {
        field.name: list(field.metadata["constraint"])
        for field in dataclasses.fields(cls)
        if field.metadata.get("constraint") is not None
    }
    setattr(cls, "_parameter_constraints", constraints)  # noqa: B010
    if own_doc is not None:  # python -OO strips docstrings
        cls.__doc__ = (
            inspect.cleandoc(own_doc)
            .replace("{parameters}", "\n".join(_written(cls)))
            .replace("{fitted_attributes}", _attributes_of(cls))
        )
    return cls


def _attributes_of(cls: type) -> str:
    """Return the lines that document what a fit leaves behind."""
    of_targets = _OF_CLASSIFIERS if issubclass(cls, ClassifierMixin) else _OF_REGRESSORS
    return f"{of_targets}\n{_FITTED_ATTRIBUTES}"


def _written(cls: type) -> Iterator[str]:
    """Yield the lines that document the parameters, in the order of the constructor."""
    for field in sorted(dataclasses.fields(cls), key=lambda field: field.kw_only is True):
        if "kind" in field.metadata:
            default = field.default
            spelled = f'"{default}"' if isinstance(default, str) else repr(default)
            ending = "" if default is dataclasses.MISSING else f", default={spelled}"
            yield f"{field.name} : {field.metadata['kind']}{ending}"
            yield textwrap.indent(field.metadata["text"], _INDENT)

"""The estimators that take any Keras builder, scikeras' one door."""

from __future__ import annotations

import functools
import os
from dataclasses import KW_ONLY
from typing import Any, Self

from numpy.typing import ArrayLike

from skcnn._engine.runtime import keras
from skcnn._engine.untouched import keras_untouched
from skcnn.estimators._classifier import BaseKerasClassifier
from skcnn.estimators._given_network import (
    TakesNetwork,
    in_sorted_order,
    network_from,
    targets_of_classes,
    targets_of_numbers,
)
from skcnn.estimators._open_parameters import open_estimator
from skcnn.estimators._parameters import parameter, with_default
from skcnn.estimators._regressor import BaseKerasRegressor

with keras_untouched():  # at its import, scikeras replaces how Keras pickles and copies
    from scikeras.utils import loss_name


class _KnowsLosses(TakesNetwork):
    """An estimator that knows the name of any loss, as scikeras does."""

    def _name_of_loss(self, model: keras.Model) -> str:
        loss = model.loss
        while isinstance(loss, functools.partial):
            loss = loss.func
        known = isinstance(loss, (str, keras.losses.Loss)) or hasattr(loss, "__name__")
        return loss_name(loss) if known else super()._name_of_loss(model)


@open_estimator
class KerasClassifier(_KnowsLosses, BaseKerasClassifier):
    """A classifier from any function that builds a Keras network.

    The builder is handed, by name, whatever its signature names: its own arguments, parameters of
    the classifier such as ``optimizer`` or ``epochs``, and facts about the data: ``input_shape``
    (shape of one sample), ``n_classes``, ``output_activation``, ``compile_kwargs`` (dict with
    ``optimizer``, ``loss`` and ``metrics``), ``meta`` (dict of facts under scikeras' names) and
    ``params`` (all parameters of the classifier).  A parameter that the builder has a default of
    its own for is handed over where it was given or set.  A builder whose first arguments are
    ``X`` and ``y``, as for ``keras.wrappers``, is handed the samples, and the targets as rows.

    As with ``keras.Model.fit``, batches have 32 samples, nothing is held out and nothing stops
    early unless asked for.

    Parameters
    ----------
    {parameters}
    **builder_arguments
        Arguments of the builder, by its own names or as ``model__name``; and settings by a route:
        ``optimizer__name``, ``loss__name``, ``metrics__name``, ``callbacks__name``, ``fit__name``
        and ``predict__name``.  All of them are parameters of the estimator, which ``set_params``
        and a grid search can set.

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

    _: KW_ONLY
    loss: Any = parameter(
        "str, keras.losses.Loss, class, callable or None",
        """
        Loss of a network that comes uncompiled; None for the cross-entropy of as many outputs as
        the network has.  Labels are encoded as the network's loss and outputs want them.""",
        default=None,
    )

    @classmethod
    def from_network(
        cls,
        network: keras.Model | str | os.PathLike[str],
        classes: ArrayLike | None = None,
        **parameters: Any,
    ) -> Self:
        """Return a fitted classifier whose network is trained already.

        Parameters
        ----------
        network : keras.Model, str or path
            The network, or the ``.keras`` file that holds it, such as the one that
            ``checkpoint_path`` names.  It stays as it is: the classifier has a copy.
        classes : array-like of shape (n_classes,) or None, default=None
            Labels in the order of the network's outputs; None for numbers from 0.
        **parameters : Any
            Parameters of the classifier, for what is trained later.

        Returns
        -------
        KerasClassifier
            Fitted, with an empty ``history_``.  ``partial_fit`` goes on from where the network
            stands, and ``fit`` trains a copy that starts from its weights.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        TypeError
            If ``network`` is neither network nor path.
        ValueError
            If the file holds no network, or the network does not fit the classes.

        Examples
        --------
        >>> import keras
        >>> from skcnn import KerasClassifier, load_digit_images
        >>> X, y = load_digit_images(return_X_y=True)
        >>> network = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10, "softmax")])
        >>> classifier = KerasClassifier.from_network(network)
        >>> classifier.predict(X[:3].reshape(3, 64) / 255).shape
        (3,)
        """
        network, labels = in_sorted_order(network_from(network), classes)
        classifier = cls(network, **parameters)
        return classifier._become(
            lambda model: targets_of_classes(model, labels, classifier.target_type)
        )


@open_estimator
class KerasRegressor(_KnowsLosses, BaseKerasRegressor):
    """A regressor from any function that builds a Keras network.

    The builder is handed, by name, whatever its signature names: its own arguments, parameters of
    the regressor such as ``optimizer`` or ``epochs``, and facts about the data: ``input_shape``
    (shape of one sample), ``n_outputs`` (numbers to predict), ``output_activation``,
    ``compile_kwargs`` (dict with ``optimizer``, ``loss`` and ``metrics``), ``meta`` (dict of facts
    under scikeras' names) and ``params`` (all parameters of the regressor).  A parameter that the
    builder has a default of its own for is handed over where it was given or set.  A builder whose
    first arguments are ``X`` and ``y``, as for ``keras.wrappers``, is handed the samples, and the
    targets as rows.

    As with ``keras.Model.fit``, batches have 32 samples, nothing is held out, nothing stops early
    and targets are taken as they are unless asked for.

    Parameters
    ----------
    {parameters}
    **builder_arguments
        Arguments of the builder, by its own names or as ``model__name``; and settings by a route:
        ``optimizer__name``, ``loss__name``, ``metrics__name``, ``callbacks__name``, ``fit__name``
        and ``predict__name``.  All of them are parameters of the estimator, which ``set_params``
        and a grid search can set.

    Attributes
    ----------
    {fitted_attributes}

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skcnn import KerasRegressor, build_mlp
    >>> X, y = load_diabetes(return_X_y=True)
    >>> regressor = KerasRegressor(build_mlp, hidden_units=(16,), standardize_targets=True)
    >>> regressor.set_params(epochs=20, random_state=0).fit(X, y).predict(X[:3]).shape
    (3,)
    """

    _: KW_ONLY
    standardize_targets: bool = with_default(
        BaseKerasRegressor, "standardize_targets", default=False
    )

    @classmethod
    def from_network(
        cls, network: keras.Model | str | os.PathLike[str], **parameters: Any
    ) -> Self:
        """Return a fitted regressor whose network is trained already.

        Parameters
        ----------
        network : keras.Model, str or path
            The network, or the ``.keras`` file that holds it, such as the one that
            ``checkpoint_path`` names.  It stays as it is: the regressor has a copy.
        **parameters : Any
            Parameters of the regressor, for what is trained later.

        Returns
        -------
        KerasRegressor
            Fitted, with an empty ``history_``.  ``partial_fit`` goes on from where the network
            stands, and ``fit`` trains a copy that starts from its weights.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        TypeError
            If ``network`` is neither network nor path.
        ValueError
            If the file holds no network, or one of several rows of numbers.
        """
        regressor = cls(network_from(network), **parameters)
        return regressor._become(targets_of_numbers)

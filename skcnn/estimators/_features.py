"""``CNNFeatureExtractor``: what a network has learned to see, for any estimator to learn from."""

from __future__ import annotations

import copyreg
import os
from collections.abc import Callable
from dataclasses import replace
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skcnn._arrays import blocks_of
from skcnn._engine.archives import PickledModel, as_archive, from_archive
from skcnn._engine.lending import LentNetwork, identity_with, lent_networks
from skcnn._engine.runtime import keras
from skcnn._sklearn_internals import StrOptions
from skcnn.estimators._borrowing import (
    BorrowsNetwork,
    Lender,
    is_to_be_trained,
    lender_of,
)
from skcnn.estimators._samples import Samples, Shape, read_samples, read_samples_like, shaped
from skcnn.preprocessing._transformer import Transformer, fit_in_one_step

_BLOCK_BYTES = 64 * 2**20  # of samples, at a time
_OF_X = ("n_features_in_", "feature_names_in_")


class CNNFeatureExtractor(BorrowsNetwork, ClassNamePrefixFeaturesOutMixin, Transformer):
    """Turn images into what a borrowed network sees in them: a row of features an image.

    A classical estimator behind it, such as ``SVC`` or ``LogisticRegression``, learns from few
    images what a network would need many for.  The network stays as it is: it is copied in
    ``fit``, and nothing is learned here, unless it is an estimator that is not fitted yet.

    Parameters
    ----------
    network : estimator, Pipeline, keras.Model, path or str
        Whose features they are:

        - a fitted estimator of skcnn, or a Pipeline or a search that ends in one, whose other
          steps X passes first.  Clones keep it fitted;
        - one that is not fitted: a clone of it is trained in ``fit``;
        - a ``keras.Model``, or the path of a ``.keras`` file, of layers that form a graph;
        - the name of a network of ``keras.applications``, such as ``"MobileNetV2"``, without its
          last layers.

    layer : str, int or None, default=None
        Layer that gives the features: its name, or its index among the layers that are no inputs.
        None for the last hidden ones: what goes into the dense layer that the network ends in; or
        what the network gives, where that is a map or comes from no dense layer.
    pooling : {"average", "max"} or None, default="average"
        What is kept of each channel where the layer gives a map; None for all of the map.
    preprocess : "auto", callable or None, default="auto"
        What happens to the numbers of X before the network.  ``"auto"`` does to images with
        values from 0 to 255 what a network of ``keras.applications`` expects, if it is given by
        its name, and nothing to what other networks see.  A callable takes a batch and is made of
        ``keras.ops``, or it is a Keras layer.
    image_size : int, (int, int) or None, default=None
        Height and width that images are resized to before the network.  None for their own.
    weights : "imagenet", path or None, default="imagenet"
        Weights of a network of ``keras.applications``: those that Keras downloads once and keeps,
        a file of weights for the network without its last layers, or random ones, the same in each
        fit.  Other networks have theirs.

    Attributes
    ----------
    network_ : keras.Model
        From samples, as they are after the steps of a borrowed Pipeline, to rows of features.
    input_shape_ : tuple of int
        Shape of one such sample.
    n_features_in_ : int
        Numbers in one sample of X; not set where a borrowed Pipeline does not know them.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the columns of X, where it is a table.

    See Also
    --------
    CNNClassifier : A network that learns from images themselves.

    Notes
    -----
    Features that have been computed are remembered, up to 256 MiB of them in a process, by the
    numbers of the image: a search over what follows in a Pipeline computes them once, whatever the
    folds, with ``memory=`` or without.  ``clear_programs`` forgets them.  They agree to float32's
    precision with those of another order of samples, not bit for bit.  Where ``preprocess`` is a
    callable, or the network holds layers of one's own, each fit computes them anew.

    ``GridSearchCV`` clones what a grid holds, and a clone of an estimator is not fitted.  In a
    grid over ``network``, wrap fitted ones in ``sklearn.frozen.FrozenEstimator``.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.svm import SVC
    >>> from skcnn import CNNClassifier, CNNFeatureExtractor, load_digit_images
    >>> X, y = load_digit_images(return_X_y=True)
    >>> cnn = CNNClassifier((8, 16), epochs=5, batch_size=32, random_state=0)
    >>> cnn = cnn.fit(X[y < 5] / 255, y[y < 5])
    >>> few, labels = X[y >= 5] / 255, y[y >= 5]
    >>> svm = make_pipeline(CNNFeatureExtractor(cnn), SVC()).fit(few[:100], labels[:100])
    >>> svm.score(few[100:], labels[100:]) > 0.8
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "network": "no_validation",
        "layer": [str, Integral, None],
        "pooling": [StrOptions({"average", "max"}), None],
        "preprocess": [StrOptions({"auto"}), callable, None],
        "image_size": [Integral, "array-like", None],
        "weights": [str, os.PathLike, None],
    }

    input_shape_: Shape
    _steps: tuple[Any, ...]
    _like: Samples
    _lent: LentNetwork
    _pickled_network: PickledModel  # in place of ``network``, until that is needed

    def __init__(
        self,
        network: Any,
        layer: str | int | None = None,
        pooling: str | None = "average",
        preprocess: str | Callable[[Any], Any] | None = "auto",
        image_size: int | tuple[int, int] | None = None,
        weights: str | os.PathLike[str] | None = "imagenet",
    ) -> None:
        self.network = network
        self.layer = layer
        self.pooling = pooling
        self.preprocess = preprocess
        self.image_size = image_size
        self.weights = weights

    # --- fit ------------------------------------------------------------------------------------

    @fit_in_one_step
    def fit(self, X: Any, y: Any = None) -> CNNFeatureExtractor:
        """Borrow the network: copy the part of it that gives the features.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, height, width, channels) or (n, n_features)
            Images or rows, as the estimators of skcnn take them; what a borrowed Pipeline takes.
        y : array-like of shape (n,) or None, default=None
            What a network that is not fitted learns.

        Returns
        -------
        self : CNNFeatureExtractor
            The fitted transformer.

        Raises
        ------
        ValueError
            If the network cannot take such samples, has no such layer, or needs a y.
        TypeError
            If ``network`` is nothing that has a network.
        FileNotFoundError
            If the network, or its weights, should be in a file that is not there.
        OSError
            If weights cannot be downloaded.
        """
        lender = lender_of(self.network, X, y, weights=self.weights)
        like = lender.seen if lender.steps else read_samples(self, X, at_least=1)
        input_shape = like.shape or like.rows.shape[1:]
        lent = self._lent_by(lender, input_shape)
        self._take_over(
            _learned_by(lender.steps[0]) if lender.steps else like.learned,
            input_shape_=input_shape,
            _steps=lender.steps,
            _like=replace(like, rows=np.empty((0, *like.rows.shape[1:]), like.rows.dtype)),
            _lent=lent,
            _n_features_out=int(lent.network.output_shape[-1]),
        )
        return self

    def _lent_by(self, lender: Lender, sample_shape: Shape) -> LentNetwork:
        """Return the network from samples to features: one that is there, where it is equal."""
        settings: dict[str, Any] = {
            "layer": self.layer,
            "pooling": self.pooling,
            "preprocess": self.preprocess,
            "image_size": self.image_size,
        }
        known = None if callable(self.preprocess) else lender.identity
        return lent_networks.get(
            identity_with(known, sample_shape, settings),
            lambda: lender.lend(sample_shape, **settings).network,
        )

    @property
    def network_(self) -> keras.Model:
        """From samples, as they are after the steps of a Pipeline, to rows of features."""
        return self._lent.network

    def _take_over(self, learned: dict[str, Any], **fitted: Any) -> None:
        """Become fitted, in one step."""
        kept = {name: value for name, value in vars(self).items() if name not in _OF_X}
        self.__dict__ = kept | learned | fitted

    # --- transform ------------------------------------------------------------------------------

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Return the features of images.

        Parameters
        ----------
        X : array-like
            Images or rows of the shape that fit saw; what a borrowed Pipeline takes.  Those in a
            file are read block by block.

        Returns
        -------
        ndarray of shape (n, n_features), float32
            A row of features an image.

        Raises
        ------
        ValueError
            If the samples have another shape than fit saw, or hold no finite numbers.
        """
        check_is_fitted(self)
        for step in self._steps:
            X = step.transform(X)
        rows = shaped(read_samples_like(self, X, self._like), self.input_shape_)
        blocks = [self._lent.features(block) for block in blocks_of(rows, _BLOCK_BYTES)]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_lent")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.sparse = True
        network = vars(self).get("network")  # which what reads X in its place does not have
        tags.target_tags.required = is_to_be_trained(network)
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    # --- copies ---------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        """Return what other tools than pickle keep, such as skops: networks as archives."""
        network, state = self.network, super().__getstate__().copy()
        if "_lent" in state:
            state["_lent"] = as_archive(state["_lent"].network)
        return state | {"network": as_archive(network)} if _is_model(network) else state

    def __setstate__(self, state: dict[str, Any]) -> None:
        network, lent = state.get("network"), state.get("_lent")
        if isinstance(network, np.ndarray):
            state = state | {"network": from_archive(network)}
        if isinstance(lent, np.ndarray):
            state = state | {"_lent": LentNetwork(lambda: from_archive(lent), identity_with(None))}
        super().__setstate__(state)

    def __getattr__(self, name: str) -> Any:
        """Build the network of a pickle when it is first needed."""
        if name != "network" or "_pickled_network" not in vars(self):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self.network = self._pickled_network.model
        self.__dict__.pop("_pickled_network", None)  # unless another thread was faster
        return self.network

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Return what pickle and copy keep: networks as Keras pickles them."""
        state = super().__getstate__().copy()
        if _is_model(state.get("network")):
            state["_pickled_network"] = PickledModel(state.pop("network"))
        return copyreg.__newobj__, (type(self),), state  # type: ignore[attr-defined]


def _is_model(network: Any) -> bool:
    return isinstance(network, keras.Model)


def _learned_by(step: Any) -> dict[str, Any]:
    """Return what the first step of a Pipeline knows about X."""
    return {name: getattr(step, name) for name in _OF_X if hasattr(step, name)}

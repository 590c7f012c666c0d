"""Predictions that are the mean over several views of an image."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Literal

from skcnn._engine.predicting import ForwardPass
from skcnn._engine.runtime import keras
from skcnn._engine.viewing import VIEWS, averaged_over_views
from skcnn._sklearn_internals import StrOptions
from skcnn.estimators._base import BaseKerasEstimator
from skcnn.estimators._parameters import network_estimator, parameter


@network_estimator
class AveragingEstimator(BaseKerasEstimator):
    """An estimator of images that may look at each of them more than once."""

    _: KW_ONLY
    predict_augmentation: Literal["flip", "shift", "flip_and_shift"] | None = parameter(
        '{"flip", "shift", "flip_and_shift"} or None',
        """
        Views of an image over which predictions are averaged: the image as it is, and mirrored
        left to right, or moved by a pixel up and to the left and by one down and to the right, or
        all of these.  They are 2, 3 or 6 views, and take as many times as long.  Images of fewer
        than 12 pixels a side are not moved: a pixel is too much of them.  Handwriting must not be
        mirrored.  It may change after fit; scores of held-out samples, and ``model_``, are
        without it.  Source: Krizhevsky, Sutskever and Hinton (2012), "ImageNet classification with
        deep convolutional neural networks", section 4.1.""",
        default=None,
        constraint=[StrOptions(set(VIEWS)), None],
    )

    def _predicting_pass(self) -> ForwardPass:
        """Return the last call's forward pass, or one for other views or another network."""
        if self.predict_augmentation is None:
            return super()._predicting_pass()
        views, network = self.predict_augmentation, self._network
        known = vars(self).get("_views_pass", (None, None, None))
        if known[0] != views or known[1] is not network:
            averaged = averaged_over_views(network, views)
            known = views, network, ForwardPass(averaged, self.input_shape_)
            self._views_pass = known
        return known[2]

    def _predicting_model(self) -> keras.Model:
        if self.predict_augmentation is None:
            return super()._predicting_model()
        return averaged_over_views(self.model_, self.predict_augmentation)

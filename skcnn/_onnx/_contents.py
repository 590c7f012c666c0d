"""What an ONNX file says about the estimator in it, beside the network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

KEY = "skcnn"
_FORMAT = 1

Kind = Literal["classes", "label_sets", "numbers"]


@dataclass(frozen=True)
class Contents:
    """What an ONNX file holds.

    Attributes
    ----------
    kind : {"classes", "label_sets", "numbers"}
        What is predicted.
    sample_shape : tuple of int
        Shape of one sample, as the graph takes it.
    dtype : {"uint8", "float32"}
        Dtype of samples, as the graph takes them.
    classes : list or None
        The labels, in the order of the probabilities; None where numbers are predicted.
    classes_dtype : str
        Dtype of the labels; empty where there are none.
    has_probabilities : bool
        Whether the graph gives probabilities.
    largest_decides : bool
        Whether the label is that of the largest probability.
    one_hot : bool
        Whether a prediction is a one-hot row.
    n_outputs : int
        Numbers that are predicted for a sample; 0 where they have one axis, or labels are.
    feature_names : list of str or None
        Names of the columns that the estimator was fitted on.
    estimator : str
        Name of the estimator's class.
    version : str
        Version of skcnn that wrote the file.
    """

    kind: Kind
    sample_shape: tuple[int, ...]
    dtype: str
    classes: list[Any] | None = None
    classes_dtype: str = ""
    has_probabilities: bool = False
    largest_decides: bool = False
    one_hot: bool = False
    n_outputs: int = 0
    feature_names: list[str] | None = None
    estimator: str = ""
    version: str = ""

    @cached_property
    def labels(self) -> NDArray[Any]:
        """The labels as the estimator had them."""
        return np.array(self.classes, dtype=np.dtype(self.classes_dtype))

    def to_metadata(self) -> dict[str, str]:
        """Return the contents as texts, by their keys in the file."""
        return {KEY: json.dumps({"format": _FORMAT, **asdict(self)})}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Self:
        """Return what the metadata of a file say.

        Raises
        ------
        ValueError
            If the file was not written by skcnn, or by a version that came later.
        """
        if KEY not in metadata:
            raise ValueError(
                "it is an ONNX file, but not one that export_onnx has written: nothing says what "
                "its numbers mean. Predict by onnxruntime.InferenceSession, or export the fitted "
                "estimator by skcnn.export_onnx"
            )
        said = json.loads(metadata[KEY])
        if said.pop("format") != _FORMAT:
            raise ValueError(
                f"it was written by skcnn {said.get('version')}, in a way that this version does "
                "not know. Install that version or a later one, or export the estimator anew"
            )
        return cls(**{**said, "sample_shape": tuple(said["sample_shape"])})

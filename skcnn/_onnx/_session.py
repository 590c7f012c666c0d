"""An ONNX file that is ready to run: onnxruntime's one door."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn._extras import needed
from skcnn._onnx._contents import Contents

_AT_ONCE_BYTES = 2**22  # of samples in a run, cast to float32
_MOST_AT_ONCE = 256


class Session:
    """A graph in memory, run by onnxruntime.

    Safe to call from many threads.  In a process that was forked it starts anew, for threads do
    not survive a fork; a pickle of it holds the bytes of the file.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        What messages call it.
    n_threads : int or None
        Threads that share the work of one call; None for all cores, or a worker's share of them.

    Raises
    ------
    ImportError
        If onnxruntime is not installed.
    ValueError
        If the bytes are no ONNX file that ``export_onnx`` has written.
    """

    def __init__(self, content: bytes, name: str, n_threads: int | None) -> None:
        self._content = content
        self._name = name
        self._n_threads = n_threads
        self._start()
        try:
            self.contents = Contents.from_metadata(
                self._runtime.get_modelmeta().custom_metadata_map
            )
        except ValueError as error:
            raise ValueError(f"Cannot use {name}: {error}.") from None
        self._input = self._runtime.get_inputs()[0].name
        shape = self.contents.sample_shape
        n_fitting = _AT_ONCE_BYTES // (4 * max(1, int(np.prod(shape))))
        self._at_once = min(max(1, n_fitting), _MOST_AT_ONCE)

    @classmethod
    def of_file(cls, path: str | os.PathLike[str], n_threads: int | None) -> Session:
        """Return a session of the file at ``path``.

        Raises
        ------
        FileNotFoundError, IsADirectoryError
            If there is no such file.
        """
        file = Path(path).expanduser()
        if file.is_dir():
            raise IsADirectoryError(
                f"{file} is a folder; expected an ONNX file that export_onnx has written. Pass "
                "the path of the file in it."
            )
        if not file.exists():
            raise FileNotFoundError(
                f"There is no file {file}; expected an ONNX file that export_onnx has written. "
                "Correct the path, or export the estimator to it."
            )
        return cls(file.read_bytes(), str(file), n_threads)

    def __reduce__(self) -> Any:
        return Session, (self._content, self._name, self._n_threads)

    def run(self, x: NDArray[Any], output: str) -> NDArray[Any]:
        """Return an output of the graph for samples in its own dtype, a block at a time."""
        if self._process != os.getpid():
            self._start()
        if len(x) <= self._at_once:
            return self._runtime.run([output], {self._input: x})[0]
        starts = range(0, len(x), self._at_once)
        return np.concatenate(
            [self.run(x[start : start + self._at_once], output) for start in starts]
        )

    def _start(self) -> None:
        runtime = needed("onnxruntime", "onnx", "Predicting by an ONNX file")
        options = runtime.SessionOptions()
        options.log_severity_level = 3  # errors alone
        options.intra_op_num_threads = self._n_threads or _share_of_cores()
        options.inter_op_num_threads = 1
        # Threads that wait for work by counting would take cores from others.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._runtime = runtime.InferenceSession(
                self._content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # of onnxruntime's own kinds, which share no base
            raise ValueError(
                f"Cannot use {self._name}: it is no ONNX file, or not all of one "
                f"({_first_line(error)}). Copy or export it anew."
            ) from error
        self._process = os.getpid()


def _share_of_cores() -> int:
    """Return how many threads joblib and Dask leave to a worker; 0 means one for each core."""
    share = os.environ.get("OMP_NUM_THREADS", "")
    return int(share) if share.isdigit() else 0


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]

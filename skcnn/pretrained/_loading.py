"""Which networks there are, and how one is loaded."""

from __future__ import annotations

from importlib.resources import as_file, files

from skcnn._onnx import ONNXClassifier

_NETWORKS = ("digits",)


def load_pretrained(name: str, *, n_threads: int | None = None) -> ONNXClassifier:
    """Load a network that comes with skcnn, trained.

    It predicts by onnxruntime, without TensorFlow, and nothing is downloaded.

    Parameters
    ----------
    name : {"digits"}
        ``"digits"`` tells the handwritten digits 0 to 9 apart.  It takes grey images of 28 x 28
        bytes in the form of MNIST, as ``DigitNormalizer`` gives it: light ink on black, in a box
        of 20 x 20 pixels, centred by its mass.  ``skcnn/pretrained/digits.md`` is its model card:
        what it learned from, what it gets right, and what it should not be used for.
    n_threads : int or None, default=None
        Threads that share the work of one call; None for all cores.

    Returns
    -------
    classifier : ONNXClassifier
        Fitted.

    Raises
    ------
    ValueError
        If there is no network of this name.
    ImportError
        If onnxruntime is not installed: ``pip install "skcnn[onnx]"``.

    Examples
    --------
    >>> from skcnn import load_pretrained
    >>> classifier = load_pretrained("digits")
    >>> classifier.input_shape_, classifier.classes_.tolist()
    ((28, 28), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    if name not in _NETWORKS:
        known = ", ".join(map(repr, _NETWORKS))
        raise ValueError(
            f"There is no pretrained network {name!r}; those that come with skcnn are: {known}. "
            "A network of your own, exported by export_onnx, is loaded by ONNXClassifier(path)."
        )
    with as_file(files("skcnn.pretrained") / f"{name}.onnx") as path:
        return ONNXClassifier(path, n_threads=n_threads)

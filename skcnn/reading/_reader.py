"""NoteReader: a picture of handwritten digits in, its text out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skcnn.reading._lattice import Candidate, Lattice, best_path, build_lattice
from skcnn.reading._lines import find_lines
from skcnn.reading._note import Note, NoteDigit, NoteLine
from skcnn.reading._picture import working_picture
from skcnn.reading._recognizing import (
    N_VARIANTS,
    candidate_rows,
    fitted_classifier,
    varied_rows,
    with_faded_edges,
)
from skcnn.reading._spaces import wide_gaps
from skcnn.reading._strokes import Ink, stroke_width
from skcnn.reading._upright import UprightNote, digit_height, find_upright_note

_ALTERNATIVES = 3
_LEAST = 1e-9  # of a probability, which may be 0


@dataclass
class NoteReader:
    """Read handwritten digits in a picture.

    The note may be dark on light or light on dark, unevenly lit, noisy, on ruled or squared
    paper, in any ink, size and slant, and lie up to 12 degrees askew.  Digits may touch, and their
    strokes may be broken, as far as the classifier knows what is cut or joined.

    Ink is what deviates from the paper around it.  It is freed of ruled lines and set upright; its
    connected parts become lines of text; and each line is read as the likeliest way to cut and to
    join its ink into digits, by heuristic over-segmentation [1]_.

    Parameters
    ----------
    classifier : object with ``predict_proba`` and ``classes_``, default=None
        Any classifier that was fitted on MNIST's rows: of shape (n, 784), uint8, light ink (255)
        on black (0), as ``fetch_mnist`` returns them.  None for the one that comes with skcnn,
        ``load_pretrained("digits")``, which needs no TensorFlow.
    min_probability : float, default=0.5
        In [0, 1].  Digits of less probability print as "?".

    Raises
    ------
    TypeError
        If the classifier has no ``predict_proba``.
    ValueError
        If the classifier is not fitted or on other samples, or ``min_probability`` is out of
        range.

    See Also
    --------
    skcnn.DigitNormalizer : Brings images of single digits into MNIST's form.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to
       document recognition", Proceedings of the IEEE 86(11), 2278-2324, 1998, sections IV and V.

    Examples
    --------
    >>> from skcnn import NoteReader
    >>> note = NoteReader().read("note.png")  # doctest: +SKIP
    >>> print(note.text)  # doctest: +SKIP
    504192
    """

    classifier: Any = None
    min_probability: float = 0.5

    def __post_init__(self) -> None:
        if not isinstance(self.min_probability, Real) or not 0 <= self.min_probability <= 1:
            raise ValueError(
                "min_probability must be a number from 0 to 1; received "
                f"{self.min_probability!r}. Pass, for example, min_probability=0.5."
            )
        if self.classifier is not None:
            fitted_classifier(self.classifier)

    def read(self, image: Any) -> Note:
        """Return what stands in a picture.

        Parameters
        ----------
        image : str, path-like, bytes, PIL.Image.Image or ndarray
            A file, the content of one, an image, or an array of shape (height, width), (height,
            width, 3) or (height, width, 4) with pixels of uint8, uint16, bool or floats in 0..1.
            What is transparent is white; a file's EXIF orientation is heeded.

        Returns
        -------
        Note
            Its lines and their digits, with boxes in pixels of the picture given.  A picture
            without ink has no lines, and its text is empty.

        Raises
        ------
        ImportError
            If scikit-image or, for the classifier that comes with skcnn, onnxruntime is missing.
        TypeError, ValueError
            If the image is of another kind, shape or dtype, or no picture.
        OSError
            If the file is not there or cannot be read.
        """
        picture = working_picture(image)
        classifier = fitted_classifier(self.classifier)
        upright = find_upright_note(picture)
        if upright is None:
            return Note(())
        height = digit_height(upright.ink)
        pieces = np.zeros(upright.ink.parts.shape, np.int32)
        stroke = stroke_width(upright.ink)
        lattices = [
            build_lattice(upright.ink, line, stroke, pieces)
            for line in find_lines(upright.ink, height)
        ]
        if not lattices:
            return Note(())
        owners = with_faded_edges(pieces)
        rows = candidate_rows(upright.ink, owners, lattices)
        probabilities = np.asarray(classifier.predict_proba(rows), np.float64)
        read = [
            _read_line(lattice, of_line)
            for lattice, of_line in zip(lattices, _by_line(probabilities, lattices), strict=True)
        ]
        read = [line for line in read if line]
        read = _asked_again(classifier, upright.ink, owners, read)
        spaces = wide_gaps([[digit.candidate.box for digit in line] for line in read], height)
        return Note(
            tuple(
                NoteLine(
                    tuple(self._note_digit(digit, classifier, pieces, upright) for digit in line),
                    of_line,
                )
                for line, of_line in zip(read, spaces, strict=True)
            )
        )

    def _note_digit(
        self,
        digit: _ReadDigit,
        classifier: Any,
        pieces: NDArray[np.int32],
        upright: UprightNote,
    ) -> NoteDigit:
        order = np.argsort(-digit.probabilities, kind="stable")[: _ALTERNATIVES + 1]
        (label, probability), *alternatives = [
            (_plain(classifier.classes_[i]), float(digit.probabilities[i])) for i in order
        ]
        top, left, bottom, right = digit.candidate.box
        window = pieces[top:bottom, left:right]
        rows, columns = np.nonzero((window >= digit.first) & (window <= digit.last))
        box = upright.box_in_picture(rows + top, columns + left)
        return NoteDigit(label, probability, box, tuple(alternatives), self.min_probability)


@dataclass(frozen=True)
class _ReadDigit:
    """A candidate that is read, the numbers of its pieces, and what the classifier gave it."""

    candidate: Candidate
    first: int
    last: int
    probabilities: NDArray[np.float64]


def _read_line(lattice: Lattice, probabilities: NDArray[np.float64]) -> list[_ReadDigit]:
    improbable = -np.log(np.maximum(probabilities.max(axis=1), _LEAST))
    chosen = [(lattice.candidates[i], probabilities[i]) for i in best_path(lattice, improbable)]
    return [
        _ReadDigit(
            candidate,
            lattice.pieces[candidate.first].number,
            lattice.pieces[candidate.last - 1].number,
            of_classes,
        )
        for candidate, of_classes in chosen
    ]


def _asked_again(
    classifier: Any, ink: Ink, owners: NDArray[np.int32], lines: list[list[_ReadDigit]]
) -> list[list[_ReadDigit]]:
    """Return what is read with the mean of what a classifier says of it in several poses."""
    digits = [digit for line in lines for digit in line]
    if not digits:
        return lines
    rows = varied_rows(
        ink, owners, [(digit.first, digit.last, digit.candidate.box) for digit in digits]
    )
    varied = np.asarray(classifier.predict_proba(rows), np.float64)
    varied = varied.reshape(len(digits), N_VARIANTS, -1).sum(axis=1)
    means = iter(
        (digit.probabilities + of_variants) / (1 + N_VARIANTS)
        for digit, of_variants in zip(digits, varied, strict=True)
    )
    return [[replace(digit, probabilities=next(means)) for digit in line] for line in lines]


def _by_line(
    probabilities: NDArray[np.float64], lattices: Sequence[Lattice]
) -> list[NDArray[np.float64]]:
    ends = np.cumsum([len(lattice.candidates) for lattice in lattices])
    return np.split(probabilities, ends[:-1])


def _plain(label: Any) -> Any:
    """Return a label as Python has it, not NumPy."""
    return label.item() if isinstance(label, np.generic) else label

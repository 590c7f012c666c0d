"""Read a picture of handwritten digits: :class:`NoteReader` in, a :class:`Note` out."""

from skcnn.reading._note import Note, NoteDigit, NoteLine
from skcnn.reading._reader import NoteReader

__all__ = ["Note", "NoteDigit", "NoteLine", "NoteReader"]

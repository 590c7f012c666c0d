"""Pictures of the notes that were read wrongly, for a person to look at."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.notes.composing import ComposedNote
from benchmarks.notes.measuring import Reading, Setting
from skcnn.reading import Note


def keep_picture(
    folder: Path, setting: Setting, written: ComposedNote, note: Note, reading: Reading
) -> None:
    """Draw a note with what was read of it, in a file that is named after the cause.

    Parameters
    ----------
    folder : Path
        Is made if need be.
    setting : Setting
        Of the note.
    written : ComposedNote
        What was written.
    note : Note
        What was read.
    reading : Reading
        Which lines are wrong, and why.
    """
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    from skcnn.display import NoteDisplay

    wrong = [line for line in reading.verdict.lines if line.cause]
    display = NoteDisplay.from_note(note, written.picture)
    title = "\n".join(f"{line.cause}: {line.written!r} as {line.read!r}" for line in wrong)
    display.ax_.set_title(title, fontsize=8)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{setting.name}-{reading.number}-{wrong[0].cause}.png"
    display.figure_.savefig(folder / re.sub(r"[ ,]+", "_", name), dpi=100)
    plt.close(display.figure_)

"""The place in a page of Markdown that a benchmark writes to."""

from __future__ import annotations

from pathlib import Path


def put_into(page: Path, name: str, text: str) -> None:
    """Put a text between the two markers of a page, in place of what is there.

    Parameters
    ----------
    page : Path
        In Markdown, with the lines ``<!-- name: begin -->`` and ``<!-- name: end -->``.
    name : str
        Of the place.
    text : str
        What shall stand there.

    Raises
    ------
    ValueError
        If the page has no such markers.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found_begin, rest = page.read_text(encoding="utf-8").partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(
            f"{page} has no place for {name}: expected the lines {begin} and {end}, in this order."
        )
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")

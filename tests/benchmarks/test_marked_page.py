"""The place in a page that a benchmark writes to."""

import pytest

from benchmarks.marked_page import put_into


def test_a_text_takes_the_place_between_two_markers(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- ours: begin -->\nold\n<!-- ours: end -->\nafter\n")

    put_into(page, "ours", "new")

    assert page.read_text() == "before\n<!-- ours: begin -->\nnew\n<!-- ours: end -->\nafter\n"


@pytest.mark.parametrize(
    "content",
    ["nothing\n", "<!-- ours: begin -->\n", "<!-- ours: end -->\n<!-- ours: begin -->\n"],
    ids=["no markers", "no end", "the wrong way round"],
)
def test_a_page_without_a_place_stays_as_it_is(tmp_path, content):
    page = tmp_path / "page.md"
    page.write_text(content)

    with pytest.raises(ValueError, match="has no place for ours: expected the lines"):
        put_into(page, "ours", "new")

    assert page.read_text() == content

"""A bar for work that takes long, and nothing for what does not."""

import io
import sys
import threading
from unittest import mock

import pytest

from skcnn import _progress
from skcnn._progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(_progress, "_PATIENCE_SECONDS", 0)
    monkeypatch.setenv("TERM", "xterm")


def shown(function):
    """Return what a terminal shows of a function's run."""
    with mock.patch.object(sys, "stderr", Terminal()) as terminal:  # pytest changes it, too
        function()
    return terminal.getvalue()


def work():
    with Progress("Counting sheep", 3) as progress:
        for _ in range(3):
            progress.advance()


def test_a_bar_appears_where_it_takes_long():
    text = shown(work)

    assert "Counting sheep" in text
    assert "3/3" in text


def test_nothing_appears_where_it_does_not(monkeypatch):
    monkeypatch.setattr(_progress, "_PATIENCE_SECONDS", 60)

    assert shown(work) == ""


def test_nothing_appears_without_a_terminal(capsys):
    work()

    assert capsys.readouterr().err == ""


def test_nothing_appears_from_other_threads():
    def in_a_thread():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    assert shown(in_a_thread) == ""

"""The command ``python -m benchmarks.preset_search``.

``python -m benchmarks.preset_search fast`` (or ``accurate``) fits each candidate on a part of the
60,000 training images, and scores it on the others.  The test images are not read.  The scores go
to ``fast.md`` (or ``accurate.md``) beside this file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.preset_search.candidates import CANDIDATES, HELD_OUT, STARTS
from benchmarks.preset_search.page import page
from benchmarks.preset_search.search import search
from skcnn import fetch_mnist


def main(arguments: Sequence[str] | None = None) -> int:
    """Search around the preset that the command line names, and write what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preset_search")
    parser.add_argument("preset", choices=CANDIDATES)
    options = parser.parse_args(arguments)
    mnist = fetch_mnist()
    start, candidates = STARTS[options.preset], CANDIDATES[options.preset]
    held_out = HELD_OUT[options.preset]
    scores = search(start, candidates, mnist.X_train, mnist.y_train, held_out)
    text = page(options.preset, start, scores, len(mnist.X_train) - held_out, held_out)
    print(text)
    path = Path(__file__).with_name(f"{options.preset}.md")
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

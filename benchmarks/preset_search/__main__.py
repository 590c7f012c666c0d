"""The command ``python -m benchmarks.preset_search``.

``python -m benchmarks.preset_search fast`` (or ``accurate``, or ``photos``) fits each candidate on
a part of the training images of MNIST, Fashion-MNIST and CIFAR-10, and scores it on the others.
The test images are not read.  The scores go to ``fast.md`` (and so on) beside this file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.error_table.datasets import DATASETS
from benchmarks.preset_search.candidates import CANDIDATES, HELD_OUT, SETS, STARTS
from benchmarks.preset_search.page import page
from benchmarks.preset_search.search import search


def main(arguments: Sequence[str] | None = None) -> int:
    """Search around the preset that the command line names, and write what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preset_search")
    parser.add_argument("preset", choices=CANDIDATES)
    preset = parser.parse_args(arguments).preset
    start, candidates = STARTS[preset], CANDIDATES[preset]
    datasets = [dataset for dataset in DATASETS if dataset.name in SETS[preset]]
    scores = [search(start, candidates, dataset, HELD_OUT) for dataset in datasets]
    text = page(preset, start, scores, HELD_OUT)
    print(text)
    path = Path(__file__).with_name(f"{preset}.md")
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The command ``python -m benchmarks.preset_search``.

``python -m benchmarks.preset_search fast`` (or ``accurate``, ``photos``, ``ablation``) fits each
candidate on a part of the training images of the search's data sets, and scores it on the others.
The test images are not read.  The scores go to ``fast.md`` (and so on) beside this file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.error_table.datasets import DATASETS
from benchmarks.preset_search.candidates import HELD_OUT, SEARCHES
from benchmarks.preset_search.page import page
from benchmarks.preset_search.search import search


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the search that the command line names, and write what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preset_search")
    parser.add_argument("search", choices=SEARCHES)
    name = parser.parse_args(arguments).search
    plan = SEARCHES[name]
    datasets = [dataset for dataset in DATASETS if dataset.name in plan.sets]
    scores = [
        search(plan.start, plan.candidates, dataset, HELD_OUT, plan.seeds) for dataset in datasets
    ]
    text = page(plan, scores, HELD_OUT)
    print(text)
    path = Path(__file__).with_name(f"{name}.md")
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

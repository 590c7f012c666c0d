import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from skcnn import cli

COLOURS = {"blue": (40, 60, 220), "green": (50, 200, 60), "red": (210, 50, 40)}


@pytest.fixture(scope="session")
def make_pictures():
    """Return a function that fills a folder with noisy pictures of three colours, one a class."""

    def make(folder, n_each=8, sizes=((12, 10), (9, 9), (8, 14))):
        rng = np.random.default_rng(0)
        for name, colour in COLOURS.items():
            (folder / name).mkdir(parents=True)
            for number in range(n_each):
                height, width = sizes[number % len(sizes)]
                noise = rng.normal(0, 15, (height, width, 3))
                pixels = (colour + noise).clip(0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / name / f"{number}.png")
        return folder

    return make


@pytest.fixture(scope="session")
def trained(make_pictures, tmp_path_factory):
    """Train a small network on a folder of pictures; return both folders and what stands there."""
    folder = tmp_path_factory.mktemp("trained")
    pictures, model = make_pictures(folder / "pictures"), folder / "model"
    arguments = ["train", "--images", pictures, "--image-size", "6x8", "--fit", "pad"]
    arguments += ["--model", "mlp", "--epochs", "30", "--output", model]
    assert cli.main(list(map(str, arguments))) == 0
    description = json.loads((model / "model.json").read_text())
    return SimpleNamespace(pictures=pictures, model=model, description=description)

"""The folder that ``skcnn train`` writes, and ``skcnn predict`` and ``skcnn read`` read.

Beside the network stands what it takes and what its answers mean, in words and numbers alone:
whoever uses a stranger's folder runs no code of the stranger's.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import skcnn
from skcnn.cli._arguments import COLORS, FITS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NETWORK = "model.keras"
DESCRIPTION = "model.json"

_FORMAT = 1


@dataclass(frozen=True)
class Description:
    """How a picture is read for a network, and what the network's answers mean.

    Attributes
    ----------
    labels : tuple of str
        What each output stands for, in their order.
    image_size : tuple of 2 int
        Height and width.
    color : {"grey", "rgb"}
    fit : {"resize", "crop", "pad"}
        How a picture of another size is brought to ``image_size``.
    divide_by : int
        What pixels of 0 to 255 are divided by before the network takes them; 1 where it does so
        itself.
    """

    labels: tuple[str, ...]
    image_size: tuple[int, int]
    color: str
    fit: str
    divide_by: int

    @property
    def n_numbers(self) -> int:
        """Numbers that the network takes for one picture."""
        return math.prod(self.image_size) * (3 if self.color == "rgb" else 1)


def write_model(network: Any, description: Description, folder: Path) -> list[str]:
    """Write a network and its description; return the names of the two files."""
    network.save(folder / NETWORK)
    written_by = {"format": _FORMAT, "skcnn": skcnn.__version__}
    text = json.dumps({**written_by, **asdict(description)}, indent=2, ensure_ascii=False)
    (folder / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
    return [NETWORK, DESCRIPTION]


def read_description(folder: Path) -> Description:
    """Read what stands beside a network.

    Raises
    ------
    OSError
        If the folder or one of the two files is not there.
    ValueError
        If the description is damaged, or of a later version of skcnn.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise FileNotFoundError(f"--model {folder} {what}. {_remedy(folder)}")
    for name in (DESCRIPTION, NETWORK):
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f"--model {folder} has no {name}; expected {NETWORK} and {DESCRIPTION}. "
                f"{_remedy(folder)}"
            )
    path = folder / DESCRIPTION
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # of the text, or of the JSON
        raise _damaged(path, str(error)) from None
    if not isinstance(entries, dict):
        raise _damaged(path, f"it holds a {type(entries).__name__}, not an object")
    return _description(path, entries)


def read_network(folder: Path, description: Description) -> Any:
    """Read the network that ``description`` stands beside, without running code from its file.

    Returns
    -------
    keras.Model

    Raises
    ------
    ValueError
        If the file is damaged, would run code, or holds a network that takes other pictures or
        gives other answers than the description says.
    """
    from skcnn._engine.runtime import keras

    path = folder / NETWORK
    try:
        network = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras and h5py raise what they meet
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"{path} cannot be read: {reason} {_remedy(folder)}") from None
    _check_agreement(network, description, folder)
    return network


def forward_pass(folder: Path, description: Description) -> Callable[[Any], NDArray[np.float32]]:
    """Return what gives the network's probabilities for pictures as bytes.

    Raises
    ------
    ValueError
        As ``read_network`` does.
    """
    import numpy as np

    from skcnn._engine.predicting import ForwardPass

    network = read_network(folder, description)
    sample_shape = tuple(network.input_shape[1:])
    forward = ForwardPass(network, sample_shape, at_least=2)

    def probabilities(pictures: Any) -> NDArray[np.float32]:
        samples = np.reshape(pictures, (len(pictures), *sample_shape))
        if description.divide_by != 1:
            samples = np.divide(samples, description.divide_by, dtype=np.float32)
        return forward(samples)

    return probabilities


def _description(path: Path, entries: Mapping[str, Any]) -> Description:
    written, by = entries.get("format"), entries.get("skcnn")
    if isinstance(written, int) and written > _FORMAT:
        raise ValueError(
            f"{path} has format {written}, of skcnn {by}; expected format {_FORMAT}, which skcnn "
            f"{skcnn.__version__} reads. Install skcnn {by} or later, or train again."
        )
    missing = [field.name for field in fields(Description) if field.name not in entries]
    if written != _FORMAT or missing:
        raise _damaged(path, f"it lacks {', '.join(missing or ['format'])}")
    labels, size, color, fit, divide_by = (entries[f.name] for f in fields(Description))
    valid = {
        "labels": _is_list(labels, str) and len(labels) > 1,
        "image_size": _is_list(size, int) and len(size) == 2 and min(size) > 0,
        "color": color in COLORS,
        "fit": fit in FITS,
        "divide_by": divide_by in (1, 255),
    }
    for name, is_valid in valid.items():
        if not is_valid:
            raise _damaged(path, f"{name} is {entries[name]!r}")
    return Description(tuple(labels), (size[0], size[1]), color, fit, divide_by)


def _is_list(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(type(entry) is kind for entry in value)


def _check_agreement(network: Any, description: Description, folder: Path) -> None:
    """Raise where a network takes or gives other numbers than stand beside it.

    Raises
    ------
    ValueError
    """
    takes, gives = (
        tuple(getattr(network, name, None) or ())[1:] for name in ("input_shape", "output_shape")
    )
    images = (*description.image_size, description.n_numbers // math.prod(description.image_size))
    if takes not in (images, (description.n_numbers,)) or gives != (len(description.labels),):
        raise ValueError(
            f"{NETWORK} and {DESCRIPTION} in {folder} do not belong together: the network takes "
            f"samples of shape {takes} and gives {gives} numbers; expected pictures of shape "
            f"{images} and {len(description.labels)} labels. {_remedy(folder)}"
        )


def _damaged(path: Path, reason: str) -> ValueError:
    return ValueError(f"{path} is damaged: {reason}. {_remedy(path.parent)}")


def _remedy(folder: Path) -> str:
    return f"Pass the folder that skcnn train --output {folder} has written, or train again."

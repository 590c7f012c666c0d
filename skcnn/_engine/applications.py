"""The networks of ``keras.applications``, by name, with their weights and their preprocessing."""

from __future__ import annotations

import os
import tempfile
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from skcnn._engine.keras_internals import files_fetched_by, home_of_keras
from skcnn._engine.runtime import keras
from skcnn._engine.seeding import names_given_back, seeded

_fetching = threading.RLock()

Weights = str | os.PathLike[str] | None


def application_names() -> list[str]:
    """Return the names of the networks that Keras knows, sorted."""
    return sorted(
        name
        for name, thing in vars(keras.applications).items()
        if name[0].isupper() and callable(thing)
    )


def application_named(name: str) -> str | None:
    """Return Keras' spelling of a network's name, None where it knows no such network.

    Parameters
    ----------
    name : str
        In any spelling of capitals, ``-`` and ``_``, such as ``"MobileNetV2"`` or
        ``"mobilenet_v2"``.
    """
    known = {_plain(spelled): spelled for spelled in application_names()}
    return known.get(_plain(name))


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def preprocessing_of(name: str) -> Callable[[Any], Any] | None:
    """Return what a network's own module does to colours from 0 to 255, as a layer does it.

    The module's function is asked what it makes of black and of pure colours: it scales and shifts
    each channel, and puts blue first for some networks.

    Parameters
    ----------
    name : str
        As Keras spells it.

    Returns
    -------
    callable or None
        None where the network itself does all that is needed.
    """
    module = getattr(keras.applications, name).__module__.rpartition(".")[2]
    of_module = getattr(keras.applications, module).preprocess_input
    offset = of_module(np.zeros((1, 1, 1, 3)))[0, 0, 0]
    shares = (of_module(255 * np.eye(3)[:, np.newaxis, np.newaxis])[:, 0, 0] - offset) / 255
    if not offset.any() and np.array_equal(shares, np.eye(3)):
        return None
    blue_first = not shares[0, 0]
    scaled = keras.layers.Rescaling(
        shares.sum(axis=0).tolist(), offset.tolist(), name="preprocessed"
    )
    return (lambda x: scaled(keras.ops.flip(x, axis=-1))) if blue_first else scaled


def application(
    name: str, image_size: tuple[int, int], weights: Weights, seed: int
) -> keras.Model:
    """Build a network of ``keras.applications`` without its last layers.

    Parameters
    ----------
    name : str
        As Keras spells it.
    image_size : tuple of int
        Height and width of the images that it shall take; they have three channels.
    weights : "imagenet", str, path or None
        Weights that Keras downloads once and keeps; the file that holds them; None for random
        ones.
    seed : int
        Decides about random weights.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    OSError
        If the weights cannot be downloaded.
    ValueError
        If the network takes no images of this size, or the weights are not its own.
    """
    if weights not in (None, "imagenet") and not Path(weights).is_file():
        raise FileNotFoundError(
            f"There is no file {str(weights)!r}; expected weights of {name}: 'imagenet', the path "
            "of a file of weights, or None for random weights."
        )
    published = "imagenet" if weights == "imagenet" else None
    fetched = _Fetched(name)
    with seeded(seed), names_given_back(), _fetching, files_fetched_by(fetched):
        try:
            network = getattr(keras.applications, name)(
                weights=published, include_top=False, input_shape=(*image_size, 3)
            )
        except (KeyError, TypeError, ValueError, OSError) as error:
            if fetched.failed:
                raise
            if fetched.path is not None:
                raise ValueError(fetched.why_unread(error)) from error
            raise ValueError(
                f"{name} takes no images of {image_size[0]} x {image_size[1]} pixels. Pass "
                f"image_size=(height, width) to have them resized. Keras says: {str(error)[:200]}"
            ) from error
    if weights is not None and weights != published:
        _load(network, name, weights)
    return network


def _load(network: keras.Model, name: str, weights: str | os.PathLike[str]) -> None:
    try:
        network.load_weights(weights)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise ValueError(_unfit(name, weights, error)) from error


def _unfit(name: str, weights: str | os.PathLike[str], error: Exception) -> str:
    return (
        f"{name} cannot take the weights in {str(weights)!r}: expected a whole file of weights of "
        "this network without its last layers (include_top=False). Keras says: "
        f"{str(error)[:300]}"
    )


class _Fetched:
    """Downloads a file of weights, in place of Keras' ``get_file``, whole or not at all.

    The file is written under a name of its own, which it sheds when it is whole, so that a process
    that is killed leaves no half of it, and another process finds none.

    Parameters
    ----------
    name : str
        The network that the weights are for.

    Attributes
    ----------
    path : Path or None
        Where the file is; None where there is none.
    is_new : bool
        Whether it has just been downloaded.
    failed : bool
        Whether it could not be.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.path: Path | None = None
        self.is_new = False
        self.failed = False

    def __call__(
        self, get_file: Callable[..., str], fname: str, origin: str, **settings: Any
    ) -> str:
        home = Path(home_of_keras())
        if not os.access(home, os.W_OK):
            home = Path(tempfile.gettempdir()) / ".keras"
            home.mkdir(exist_ok=True)
        path = home / settings.get("cache_subdir", "datasets") / fname
        self.is_new = not path.is_file()
        if self.is_new:
            self._download(get_file, path, origin, settings | {"cache_dir": str(home)})
        self.path = path
        return str(path)

    def _download(
        self, get_file: Callable[..., str], path: Path, origin: str, settings: dict[str, Any]
    ) -> None:
        half = path.with_name(f"{path.stem}.{uuid.uuid4().hex}.part")
        try:
            get_file(half.name, origin, **settings)
            half.replace(path)
        except Exception as error:  # Keras raises Exception itself
            self.failed = True
            raise OSError(
                f"The weights of {self._name}, {path.name}, could not be downloaded: {error}. "
                "Download the file where that is possible, and pass weights=PATH; or pass "
                "weights=None for random weights."
            ) from error
        finally:
            half.unlink(missing_ok=True)

    def why_unread(self, error: Exception) -> str:
        """Return why weights cannot be used, and remove a new file that holds no better ones."""
        assert self.path is not None
        message = _unfit(self._name, self.path, error)
        if not self.is_new:
            return f"{message} Delete the file to have it downloaded anew."
        self.path.unlink(missing_ok=True)
        return f"{message} What was downloaded has been removed again."

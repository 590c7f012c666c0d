"""Trained networks that come with skcnn, each with a card that says what it knows."""

from skcnn._lazy import lazily

_HOMES = {"load_pretrained": "_loading"}

__all__ = ["load_pretrained"]

__getattr__, __dir__ = lazily(__name__, _HOMES)

"""The small CNN of the grid searches in torch, for skorch."""

from __future__ import annotations

import torch
from torch import nn


class SmallCNN(nn.Module):
    """The network of ``keras_networks.small_cnn``, with the same initial weights as in Keras.

    Gives logits: with ``CrossEntropyLoss`` skorch itself takes the softmax where it is needed.

    Parameters
    ----------
    filters : int
        Filters of the convolution.
    dropout : float
        Share of the pooled outputs set to 0 during training.
    side : int
        Height and width of the images, in pixels.
    """

    def __init__(self, filters: int = 32, dropout: float = 0.25, side: int = 8) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, filters, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(dropout),
            nn.Flatten(),
            nn.Linear(filters * ((side - 2) // 2) ** 2, 64),
            nn.ReLU(),
            nn.Linear(64, 10),
        )
        self.apply(_initialize_as_keras)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return logits of shape (n, 10) for images of shape (n, 1, side, side)."""
        return self.layers(X)


def _initialize_as_keras(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)

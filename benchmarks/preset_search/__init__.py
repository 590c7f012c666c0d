"""How the settings of the presets were chosen: on a held-out part of MNIST's training images."""

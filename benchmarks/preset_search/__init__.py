"""How the presets were chosen: on held-out parts of the training images of three data sets."""

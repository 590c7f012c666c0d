"""
A convolutional neural network
==============================

The textbook's second network looks at neighbouring pixels together: two convolutions of 32 and 64
filters, max-pooling, and a dense layer of 128 units, with dropout after the last two. This
example trains it, and then looks at the digits that it still gets wrong and into the network
itself. On all of MNIST (``--dataset mnist``) the training takes minutes on a processor without
GPU.
"""

import argparse
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from skcnn import CNNClassifier, ImageReshaper, PixelScaler, fetch_mnist, load_digit_images
from skcnn.display import (
    ConvolutionFiltersDisplay,
    FeatureMapsDisplay,
    MisclassifiedDisplay,
    SaliencyDisplay,
    TrainingHistoryDisplay,
)

parser = argparse.ArgumentParser()
parser.add_argument("--dataset", choices=("digits", "mnist"), default="digits")
dataset = parser.parse_known_args()[0].dataset

if dataset == "mnist":
    mnist = fetch_mnist()
    X_train, y_train, X_test, y_test = mnist.X_train, mnist.y_train, mnist.X_test, mnist.y_test
else:
    X, y = load_digit_images(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

image_shape = (*X_train.shape[1:], 1)
print(f"{len(X_train):,} training and {len(X_test):,} test images of shape {image_shape}")

# %%
# Train it
# --------
#
# All of the textbook's recipe are defaults: categorical cross-entropy, Adam, batches of 200, at
# most 30 epochs, a quarter held out, early stopping after ten epochs without progress.

folder = tempfile.TemporaryDirectory()
checkpoint = Path(folder.name) / "cnn.keras"

pipeline = Pipeline(
    [
        ("reshape", ImageReshaper(image_shape)),
        ("scale", PixelScaler()),
        ("cnn", CNNClassifier(checkpoint_path=checkpoint, random_state=0)),
    ]
)
pipeline.fit(X_train, y_train)

cnn = pipeline["cnn"]
cnn.model_.summary()

# %%
# The way through the epochs
# --------------------------
#
# Dropout silences a part of the network in training, but not when it is tested. That is why the
# training loss can lie above the held-out loss.

history = TrainingHistoryDisplay.from_estimator(pipeline)
history.ax_.set_title("Loss of the CNN by epoch")
plt.show()

losses = pd.DataFrame(
    {"training": cnn.history_["loss"], "held out": cnn.history_["val_loss"]},
    index=pd.RangeIndex(1, cnn.n_iter_ + 1, name="epoch"),
)
print("loss by epoch")
print(losses.round(4).to_string())
print()
print(f"epochs run:          {cnn.n_iter_}")
print(f"best epoch:          {history.best_epoch_}")
print(f"its held-out loss:   {min(cnn.history_['val_loss']):.4f}")

# %%
# Accuracy, in memory and from disk
# ---------------------------------
#
# The file with the best network gives the same accuracy, read by Keras alone.

import keras

predicted = pipeline.predict(X_test)

from_disk = keras.models.load_model(checkpoint)
outputs = from_disk.predict(pipeline[:-1].transform(X_test), verbose=0)
predicted_from_disk = pipeline.classes_[outputs.argmax(axis=1)]
folder.cleanup()

print(f"test accuracy:                {np.mean(predicted == y_test):.4f}")
print(f"test accuracy of the file:    {np.mean(predicted_from_disk == y_test):.4f}")

# %%
# What it gets wrong
# ------------------
#
# Ten test images that the network misread, those first to which it gave the highest probability.
# Some of them a person would not read either.

mistakes = MisclassifiedDisplay.from_estimator(pipeline, X_test, y_test)
plt.show()

print(f"misclassified: {mistakes.n_misclassified} of {mistakes.n_samples:,}")

# %%
# Which digits it takes for which
# -------------------------------
#
# Each row holds the test images of one digit. What lies off the diagonal went wrong.

figure, ax = plt.subplots(figsize=(6.5, 6), layout="constrained")
ConfusionMatrixDisplay.from_predictions(y_test, predicted, cmap="Greys", colorbar=False, ax=ax)
ax.set(title="Test images by digit", xlabel="read as", ylabel="digit")
plt.show()

# %%
# What it looks for
# -----------------
#
# The first convolution compares each neighbourhood of nine pixels with its 32 filters. A dark
# weight wants ink in its place, a light one wants paper.

ConvolutionFiltersDisplay.from_estimator(pipeline)
plt.show()

# %%
# One digit on its way through the network
# ----------------------------------------
#
# Each filter leaves a map of the places where it found something. The further down, the less the
# maps look like the digit, until one of ten numbers is left.

FeatureMapsDisplay.from_estimator(pipeline, X_test[0])
plt.show()

# %%
# Which pixels decided
# --------------------
#
# A patch of paper is moved over the digit, and at each place the network is asked again. Dark
# pixels are those that it misses most. The numbers on the right say how much of its certainty it
# loses without them.

SaliencyDisplay.from_estimator(pipeline, X_test[0])
plt.show()

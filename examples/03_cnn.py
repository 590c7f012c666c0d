"""
A convolutional neural network
==============================

The textbook's second network looks at neighbouring pixels together: two convolutions of 32 and 64
filters, max-pooling, and a dense layer of 128 units, with dropout after the last two. This
example trains it, and then looks at the digits that it still gets wrong. On all of MNIST
(``--dataset mnist``) the training takes minutes on a processor without GPU.
"""

import argparse
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from skcnn import CNNClassifier, ImageReshaper, PixelScaler, fetch_mnist, load_digit_images

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

loss, held_out_loss = cnn.history_["loss"], cnn.history_["val_loss"]
best = np.argmin(held_out_loss)

print(f"epochs run:          {cnn.n_iter_}")
print(f"best epoch:          {best + 1}")
print(f"its held-out loss:   {held_out_loss[best]:.4f}")

epochs = np.arange(1, cnn.n_iter_ + 1)
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(epochs, loss, "--", color="0.4", label="training")
ax.plot(epochs, held_out_loss, "-", color="black", label="held out")
ax.plot(epochs[best], held_out_loss[best], "o", color="black", label="best epoch")
ax.set(title="Loss of the CNN by epoch", xlabel="epoch", ylabel="cross-entropy", ylim=(0, None))
ax.locator_params("x", integer=True)
ax.legend()
plt.show()

# %%
# Accuracy, in memory and from disk
# ---------------------------------
#
# The file with the best network gives the same accuracy, read by Keras alone.

import keras

probabilities = pipeline.predict_proba(X_test)
predicted = pipeline.classes_[probabilities.argmax(axis=1)]

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

confidence = probabilities.max(axis=1)
mistakes = np.flatnonzero(predicted != y_test)
shown = mistakes[np.argsort(-confidence[mistakes])][:10]
print(f"misclassified: {len(mistakes)} of {len(y_test):,}")

figure, axes = plt.subplots(2, 5, figsize=(9, 4.6), layout="constrained")
for ax in axes.flat:
    ax.set_axis_off()
for ax, i in zip(axes.flat, shown, strict=False):
    ax.imshow(X_test[i], cmap="gray_r", vmin=0, vmax=255)
    ax.set_title(f"a {y_test[i]}, read as {predicted[i]}\np = {confidence[i]:.4f}", fontsize=10)
figure.suptitle("Misclassified test images, with the probability of the answer")
plt.show()

# %%
# Which digits it takes for which
# -------------------------------
#
# Each row holds the test images of one digit. What lies off the diagonal went wrong.

figure, ax = plt.subplots(figsize=(6.5, 6), layout="constrained")
ConfusionMatrixDisplay.from_predictions(y_test, predicted, cmap="Greys", colorbar=False, ax=ax)
ax.set(title="Test images by digit", xlabel="read as", ylabel="digit")
plt.show()

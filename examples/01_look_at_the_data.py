"""
Look at the data
================

What a person sees as a handwritten digit is, to a program, a matrix of numbers and a label. This
example looks at both before any network does, and takes the three steps that a network needs:
another shape, another scale, and labels of zeros and ones. Run it with ``--dataset mnist`` for
the 60,000 + 10,000 images of MNIST.
"""

import argparse

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from skcnn import (
    ImageFlattener,
    ImageReshaper,
    LabelOneHotEncoder,
    PixelScaler,
    fetch_mnist,
    load_digit_images,
)
from skcnn.display import ImageGridDisplay

parser = argparse.ArgumentParser()
parser.add_argument("--dataset", choices=("digits", "mnist"), default="digits")
dataset = parser.parse_known_args()[0].dataset

# %%
# How many images are there?
# --------------------------
#
# MNIST comes in two parts: one to train on, and one, written by other people, to test on. The
# digits of scikit-learn come in one part, so a quarter is put aside here, with the same share of
# each digit.

if dataset == "mnist":
    mnist = fetch_mnist()
    X_train, y_train, X_test, y_test = mnist.X_train, mnist.y_train, mnist.X_test, mnist.y_test
else:
    X, y = load_digit_images(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

print(f"training images: {len(X_train):6,}")
print(f"test images:     {len(X_test):6,}")
print()

counts = pd.DataFrame({"training": np.bincount(y_train), "test": np.bincount(y_test)})
print(counts.rename_axis("digit").T.to_string())

# %%
# Twenty of them, with their labels
# ---------------------------------

ImageGridDisplay.from_images(X_train, y_train, max_images=20)
plt.show()

# %%
# One image, as a picture
# -----------------------
#
# White is 0, the paper; black is 255, the ink.

image, label = X_train[0], y_train[0]

figure, ax = plt.subplots(figsize=(5, 4), layout="constrained")
pixels = ax.imshow(image, cmap="gray_r", vmin=0, vmax=255)
figure.colorbar(pixels, label="pixel value")
ax.set(title=f"The first training image: a {label}", xlabel="column", ylabel="row")
plt.show()

# %%
# The same image, as a matrix
# ---------------------------
#
# Each number is one pixel. In columns of three characters the rows line up, and from a distance
# the digit is still there.

n_rows, n_columns = image.shape
print(f"{n_rows} rows of {n_columns} columns: {image.size} numbers of type {image.dtype}")
for row in image:
    print(" ".join(f"{pixel:3d}" for pixel in row))

# %%
# Another shape
# -------------
#
# Classical classifiers and multilayer perceptrons take an image as one row of pixels. A
# convolutional network takes it with height, width and channels; a grey image has one channel.
# The pixels stay where they are in memory, only the shape changes.

rows = ImageFlattener().fit_transform(X_train)
images = ImageReshaper((*image.shape, 1)).fit_transform(rows)

print(f"as they come:       {X_train.shape}")
print(f"for an MLP:         {rows.shape}")
print(f"for a CNN:          {images.shape}")
print(f"the same memory:    {np.shares_memory(X_train, rows) and np.shares_memory(rows, images)}")

# %%
# Another scale
# -------------
#
# Networks learn best from numbers around 1. Division by 255, the largest value a pixel can have,
# takes all pixels there.

scaled = PixelScaler().fit_transform(images)

for when, array in {"before": images, "after": scaled}.items():
    print(f"{when:7} {array.dtype!s:8} from {array.min():3g} to {array.max():3g}")

# %%
# Labels of zeros and ones
# ------------------------
#
# A network for ten digits has ten outputs, one for each digit. What it should answer is a row
# with a 1 in the place of the right digit. The classifiers of skcnn encode and decode labels by
# themselves; the encoder is there to see how, and for networks of your own.

encoder = LabelOneHotEncoder().fit(y_train)
one_hot = encoder.transform([label])

print(f"label:         {label}")
print(f"as a row:      {one_hot[0]}")
print(f"and back:      {encoder.inverse_transform(one_hot)[0]}")

"""
A multilayer perceptron
=======================

The first network of the textbook has one hidden layer of 512 units between the pixels and the ten
digits. In a Pipeline it is trained with one call of ``fit``; the rest of this example looks at
what came out: the network, its way through the epochs, its accuracy, and the file that holds its
best state. ``--dataset mnist`` trains it on all of MNIST.
"""

import argparse
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from skcnn import ImageFlattener, MLPClassifier, PixelScaler, fetch_mnist, load_digit_images
from skcnn.display import TrainingHistoryDisplay

parser = argparse.ArgumentParser()
parser.add_argument("--dataset", choices=("digits", "mnist"), default="digits")
dataset = parser.parse_known_args()[0].dataset

if dataset == "mnist":
    mnist = fetch_mnist()
    X_train, y_train, X_test, y_test = mnist.X_train, mnist.y_train, mnist.X_test, mnist.y_test
else:
    X, y = load_digit_images(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

print(f"{len(X_train):,} training and {len(X_test):,} test images of shape {X_train.shape[1:]}")

# %%
# Three steps and one call
# ------------------------
#
# The defaults of the classifier are the textbook's: 512 hidden units, Adam, batches of 200, at
# most 30 epochs. A quarter of the training images is held out; when the loss on it has not
# improved for ten epochs, training stops and the best weights come back. ``checkpoint_path``
# keeps them on disk as well.

folder = tempfile.TemporaryDirectory()
checkpoint = Path(folder.name) / "mlp.keras"

pipeline = Pipeline(
    [
        ("flatten", ImageFlattener()),
        ("scale", PixelScaler()),
        ("mlp", MLPClassifier(checkpoint_path=checkpoint, random_state=0)),
    ]
)
pipeline.fit(X_train, y_train)

# %%
# The network
# -----------
#
# ``model_`` is an ordinary Keras model, and can say what it is made of.

mlp = pipeline["mlp"]
mlp.model_.summary()

# %%
# The way through the epochs
# --------------------------
#
# ``history_`` holds loss and accuracy of every epoch. The loss on the training images tends to
# fall as long as one trains; the loss on the held-out images says when to stop. On MNIST it says
# so before the 30 epochs are over. The 1,347 digits make an epoch of six steps only, and are still
# being learned in the last one.

history = TrainingHistoryDisplay.from_estimator(pipeline)
history.ax_.set_title("Loss of the MLP by epoch")
plt.show()

losses = pd.DataFrame(
    {"training": mlp.history_["loss"], "held out": mlp.history_["val_loss"]},
    index=pd.RangeIndex(1, mlp.n_iter_ + 1, name="epoch"),
)
print("loss by epoch")
print(losses.round(4).to_string())
print()
print(f"epochs run:          {mlp.n_iter_}")
print(f"best epoch:          {history.best_epoch_}")
print(f"its held-out loss:   {min(mlp.history_['val_loss']):.4f}")

# %%
# Accuracy on images it has not seen
# ----------------------------------

accuracy = pipeline.score(X_test, y_test)
print(f"test accuracy: {accuracy:.4f}")

# %%
# The best network, from disk
# ---------------------------
#
# The checkpoint is a file of Keras' own format: Keras alone can read it, without skcnn. It holds
# the network only, so the images have to pass the first two steps of the Pipeline before it.

import keras

from_disk = keras.models.load_model(checkpoint)
outputs = from_disk.predict(pipeline[:-1].transform(X_test), verbose=0)
predicted = pipeline.classes_[outputs.argmax(axis=1)]

print(f"file:                   {checkpoint.name}, {checkpoint.stat().st_size:,} bytes")
print(f"its test accuracy:      {np.mean(predicted == y_test):.4f}")
print(f"same answers in memory: {np.array_equal(predicted, pipeline.predict(X_test))}")

folder.cleanup()

"""
Presets, and images that vary
=============================

The textbook's recipe is a beginning. ``CNNClassifier.from_preset`` knows others: settings that
were found to work, each under a name. They are ordinary parameters, which can be looked at,
overridden and searched. This example names them, trains one of them, and asks a grid search how
far its training images should be turned. With ``--dataset mnist`` the search sees 2,000 images of
MNIST, and the winner is tested on all 10,000 test images.
"""

import argparse

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline

from skcnn import CNNClassifier, ImageReshaper, PixelScaler, fetch_mnist, load_digit_images
from skcnn.display import AugmentationDisplay, TrainingHistoryDisplay

parser = argparse.ArgumentParser()
parser.add_argument("--dataset", choices=("digits", "mnist"), default="digits")
dataset = parser.parse_known_args()[0].dataset

if dataset == "mnist":
    mnist = fetch_mnist()
    X_train, _, y_train, _ = train_test_split(
        mnist.X_train, mnist.y_train, train_size=2000, stratify=mnist.y_train, random_state=0
    )
    X_test, y_test = mnist.X_test, mnist.y_test
else:
    X, y = load_digit_images(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

image_shape = (*X_train.shape[1:], 1)
print(f"{len(X_train):,} training and {len(X_test):,} test images of shape {image_shape}")

# %%
# The presets
# -----------

for name, line in CNNClassifier.presets.items():
    print(f"{name:9} {line}")

# %%
# What a preset is made of
# ------------------------
#
# A classifier from a preset prints the parameters that differ from the defaults, as any
# classifier of scikit-learn does. Sizes of batches and numbers of epochs are "auto": so few images
# get small batches and many epochs. What is given beside the name wins over the preset: here 600
# steps in place of 1800, which are enough for a start.

cnn = CNNClassifier.from_preset("fast", auto_steps=600, random_state=0)
print(cnn)

# %%
# Train it
# --------
#
# The learning rate rises and falls again, once, over all epochs: there is no early stopping, and
# no image is held out for it. The training images are moved a little, differently in each epoch,
# which makes the training harder than the test.

pipeline = Pipeline(
    [("reshape", ImageReshaper(image_shape)), ("scale", PixelScaler()), ("cnn", cnn)]
)
pipeline.fit(X_train, y_train)

history = TrainingHistoryDisplay.from_estimator(pipeline)
history.ax_.set_title("Training loss of the preset 'fast' by epoch")
plt.show()

print(f"epochs:            {cnn.n_iter_}")
print(f"training accuracy: {cnn.history_['accuracy'][-1]:.4f} on varied images, in the last epoch")
print(f"test accuracy:     {pipeline.score(X_test, y_test):.4f}")

# %%
# One digit, as the network saw it
# --------------------------------
#
# Every one of these is still the same digit. A network that sees another one in each epoch cannot
# learn by heart where a writer has put a line.

AugmentationDisplay.from_estimator(pipeline, X_train[0])
plt.show()

# %%
# How far should images be turned?
# --------------------------------
#
# ``augmentation`` is an object with parameters of its own, so a grid reaches them by their names.
# A six that is turned far enough is a nine, so there must be an angle that is too large. Between
# the small ones these few images hardly tell. The network is the same in all candidates and is
# compiled once.

angles = [0, 10, 30, 180]
grid = {"cnn__augmentation__rotation": angles}
search = GridSearchCV(pipeline, grid, cv=3).fit(X_train, y_train)

table = pd.DataFrame(
    {
        "rotation": angles,
        "accuracy": search.cv_results_["mean_test_score"].round(4),
        "deviation": search.cv_results_["std_test_score"].round(4),
    }
)
print(table.to_string(index=False))

# %%
# The winner
# ----------

print(f"rotation:      up to {search.best_params_['cnn__augmentation__rotation']} degrees")
print(f"cv accuracy:   {search.best_score_:.4f}")
print(f"test accuracy: {search.score(X_test, y_test):.4f}")

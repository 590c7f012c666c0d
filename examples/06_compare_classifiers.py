"""
Networks beside classical classifiers
=====================================

Is a network worth its training? Two classical classifiers and the textbook's two networks are
cross-validated on the same folds and tested on the same images: what each scores, what it costs to
train, and what to predict. With ``--dataset mnist`` they train on 5,000 images of MNIST and are
tested on all 10,000 test images.
"""

import argparse

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from skcnn import compare_classifiers, default_classifiers, fetch_mnist, load_digit_images
from skcnn.display import ComparisonDisplay

parser = argparse.ArgumentParser()
parser.add_argument("--dataset", choices=("digits", "mnist"), default="digits")
dataset = parser.parse_known_args()[0].dataset

if dataset == "mnist":
    mnist = fetch_mnist()
    X_train, _, y_train, _ = train_test_split(
        mnist.X_train, mnist.y_train, train_size=5000, stratify=mnist.y_train, random_state=0
    )
    X_test, y_test = mnist.X_test, mnist.y_test
else:
    X, y = load_digit_images(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

image_shape = (*X_train.shape[1:], 1)
print(f"{len(X_train):,} training and {len(X_test):,} test images of shape {image_shape}")

# %%
# Who takes part
# --------------
#
# The classifiers are Pipelines in a dict. Any other scikit-learn classifier can be added to it.

classifiers = default_classifiers(image_shape, random_state=0)
for name, pipeline in classifiers.items():
    print(f"{name}: {', '.join(type(step).__name__ for step in pipeline)}")

# %%
# One table
# ---------
#
# The best mean score of the three folds comes first. ``fit_seconds`` is the time to train on one
# fold, ``predict_microseconds`` the time to predict one image among many, and ``n_parameters`` the
# numbers that a classifier keeps to predict with.

table = compare_classifiers(classifiers, X_train, y_train, cv=3, X_test=X_test, y_test=y_test)

print(table[["mean_score", "std_score", "test_score"]].round(4).to_string())
print()
print(table[["fit_seconds", "predict_microseconds", "n_parameters"]].round(3).to_string())

# %%
# One picture
# -----------
#
# Where the bars of two classifiers overlap, these folds do not tell which one is better.

ComparisonDisplay(table).plot()
plt.show()

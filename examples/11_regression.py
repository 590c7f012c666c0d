"""
Numbers from images
===================

A regressor predicts a number instead of a class. Here it is the angle by which a digit has been
turned that lies somewhere on a sheet: two classical regressors and two networks are compared, and
the best of them turns the digits of the test set back. With ``--dataset mnist`` the digits are
5,000 images of MNIST.
"""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import rotate
from sklearn.metrics import PredictionErrorDisplay, mean_absolute_error
from sklearn.model_selection import train_test_split

from skcnn import compare_regressors, default_regressors, fetch_mnist, load_digit_images
from skcnn.display import ComparisonDisplay, ImageGridDisplay

parser = argparse.ArgumentParser()
parser.add_argument("--dataset", choices=("digits", "mnist"), default="digits")
dataset = parser.parse_known_args()[0].dataset

upright = fetch_mnist().X_train[:5000] if dataset == "mnist" else load_digit_images().images

# %%
# The task
# --------
#
# Each digit is turned by an angle of its own, up to 45 degrees to either side, and put in a place
# of its own on a sheet that is half as wide again. X holds the sheets, y the angles.

rng = np.random.default_rng(0)
side = upright.shape[1]
room = side // 2
y = rng.uniform(-45, 45, len(upright))
X = np.zeros((len(upright), side + room, side + room), upright.dtype)
for sheet, digit, degrees in zip(X, upright, y, strict=True):
    top, left = rng.integers(0, room + 1, 2)
    turned = rotate(digit, degrees, reshape=False, order=1)
    sheet[top : top + side, left : left + side] = turned
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

print(f"training images: {len(X_train)}")
print(f"test images:     {len(X_test)}")
print(f"angles:          {y.min():.1f} to {y.max():.1f} degrees")

# %%
# Who takes part
# --------------
#
# The regressors are Pipelines in a dict; any other can be added to it. The networks have the
# parameters of their classifier twins. A thousand images are few for batches of 200: here the
# batches are smaller, and nothing is held out, so that the learning rate can run its one cycle.
# The scale of y is nobody's concern: the networks learn standardized targets and answer in
# degrees.

regressors = default_regressors((*X.shape[1:], 1), random_state=0)
for name in ("MLP", "CNN"):
    regressors[name].set_params(
        regressor__batch_size=32,
        regressor__learning_rate="one_cycle",
        regressor__validation_split=0,
        regressor__early_stopping=False,
    )
regressors["CNN"].set_params(
    regressor__pooling="each", regressor__dropout=0, regressor__dense_dropout=0
)
for name, pipeline in regressors.items():
    print(f"{name}: {', '.join(type(step).__name__ for step in pipeline)}")

# %%
# One table
# ---------
#
# R2 is the share of y's variance that is explained: 0 is what the mean of y would have, 1 is
# perfect. The other score is the mean error in degrees, with a minus, since scikit-learn's scores
# are better when they are greater. A convolution looks for the same strokes everywhere; the other
# three have to learn each place by itself.

table = compare_regressors(
    regressors,
    X_train,
    y_train,
    cv=3,
    X_test=X_test,
    y_test=y_test,
    scoring={"R2": "r2", "minus degrees": "neg_mean_absolute_error"},
)

print(table[["mean_R2", "std_R2", "test_R2"]].round(4).to_string())
print()
print(table[["mean_minus degrees", "test_minus degrees", "fit_seconds"]].round(2).to_string())

ComparisonDisplay(table).plot(score="R2")
plt.show()

# %%
# Angles, predicted and true
# --------------------------
#
# scikit-learn's own display draws them. On the line the prediction is right.

best = regressors[table.index[0]].fit(X_train, y_train)
predicted = best.predict(X_test)

print(f"best:       {table.index[0]}")
print(f"test R2:    {best.score(X_test, y_test):.4f}")
print(f"mean error: {mean_absolute_error(y_test, predicted):.2f} degrees")

_, ax = plt.subplots(figsize=(5, 5), layout="constrained")
PredictionErrorDisplay.from_predictions(y_test, predicted, kind="actual_vs_predicted", ax=ax)
ax.set(xlabel="predicted angle", ylabel="angle")
plt.show()

# %%
# Turned back
# -----------
#
# The upper row is what the regressor sees, with the angles; in the lower row each sheet is turned
# back by the predicted angle, and what is left of the angle stands above it.

seen = X_test[:8]
turned_back = [
    rotate(sheet, -degrees, reshape=False, order=1)
    for sheet, degrees in zip(seen, predicted, strict=False)
]
captions = [f"{round(degrees)}°" for degrees in (*y_test[:8], *(y_test - predicted)[:8])]
ImageGridDisplay.from_images([*seen, *turned_back], captions, n_cols=8)
plt.show()

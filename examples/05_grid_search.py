"""
A grid search over a network
============================

How many filters should a convolutional network have, how much dropout, and must its pixels be
scaled? ``GridSearchCV`` tries all combinations: the network's own parameters are parameters of the
Pipeline, and so are whole steps. With ``--dataset mnist`` the search sees 2,000 images of MNIST,
and the winner is tested on all 10,000 test images.
"""

import argparse

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline

from skcnn import CNNClassifier, ImageReshaper, PixelScaler, fetch_mnist, load_digit_images

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
# The grid
# --------
#
# Two settings each of filters and dropout, with the step ``scale`` and without it: eight
# candidates. Each is trained on two thirds of the training images and scored on the last third,
# three times in turn. Small batches and a high learning rate make the 24 fits short. So few epochs
# need no early stopping, and without it no validation part has to be held out of the training.

cnn = CNNClassifier(
    learning_rate=0.004,
    batch_size=50,
    epochs=8,
    validation_split=0,
    early_stopping=False,
    random_state=0,
)
pipeline = Pipeline(
    [("reshape", ImageReshaper(image_shape)), ("scale", PixelScaler()), ("cnn", cnn)]
)
grid = {
    "scale": [PixelScaler(), "passthrough"],
    "cnn__filters": [(8, 16), (16, 32)],
    "cnn__dropout": [0.0, 0.25],
}
search = GridSearchCV(pipeline, grid, cv=3).fit(X_train, y_train)

# %%
# The results
# -----------
#
# ``cv_results_`` turns into a table, here with the best candidate first.

results = pd.DataFrame(search.cv_results_).sort_values("rank_test_score", kind="stable")
scaled = results["param_scale"] != "passthrough"
table = pd.DataFrame(
    {
        "filters": results["param_cnn__filters"],
        "dropout": results["param_cnn__dropout"],
        "pixels": scaled.map({True: "0 to 1", False: "0 to 255"}),
        "accuracy": results["mean_test_score"].round(4),
        "deviation": results["std_test_score"].round(4),
        "fit seconds": results["mean_fit_time"].round(2),
    }
)
print(table.to_string(index=False))

# %%
# The same as a picture
# ---------------------
#
# A dot is the mean of three accuracies, its bar their standard deviation.

table["network"] = [
    f"filters {f}, dropout {d}" for f, d in zip(table["filters"], table["dropout"], strict=True)
]
table = table.sort_values(["filters", "dropout"])

figure, ax = plt.subplots(figsize=(7.5, 4), layout="constrained")
for pixels, marker, fill in (("0 to 1", "o", "black"), ("0 to 255", "s", "white")):
    rows = table[table["pixels"] == pixels]
    ax.errorbar(
        "accuracy",
        "network",
        xerr="deviation",
        data=rows,
        fmt=marker,
        color="black",
        markerfacecolor=fill,
        capsize=4,
        label=f"pixels from {pixels}",
    )
ax.set(title="Accuracy in cross-validation", xlabel="accuracy")
ax.xaxis.grid(True, color="0.85")
ax.margins(y=0.15)
figure.legend(loc="outside lower center", ncols=2)
plt.show()

# %%
# The winner
# ----------
#
# The search has trained the best candidate once more, on all training images, and is that
# classifier now.

print(f"scale:         {search.best_params_['scale']}")
print(f"filters:       {search.best_params_['cnn__filters']}")
print(f"dropout:       {search.best_params_['cnn__dropout']}")
print(f"cv accuracy:   {search.best_score_:.4f}")
print(f"test accuracy: {search.score(X_test, y_test):.4f}")

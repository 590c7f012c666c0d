"""
A borrowed network
==================

Ten images a class are few. A network that has learned from many images of something else has
learned what to look for, and can be borrowed: here it has seen the digits 0 to 4, and is asked to
tell 5 to 9 apart. To make that hard, each digit lies somewhere on a sheet of twice its width.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skcnn import (
    CNNClassifier,
    CNNFeatureExtractor,
    ImageFlattener,
    PixelScaler,
    TransferClassifier,
    load_digit_images,
)
from skcnn.display import ImageGridDisplay, MisclassifiedDisplay

rng = np.random.default_rng(0)
digits, y = load_digit_images(return_X_y=True)
X = np.zeros((len(digits), 16, 16, 1), np.uint8)
for sheet, digit in zip(X, digits, strict=True):
    top, left = rng.integers(0, 9, 2)
    sheet[top : top + 8, left : left + 8, 0] = digit

X_many, y_many = X[y < 5], y[y < 5]
X_few, X_test, y_few, y_test = train_test_split(
    X[y >= 5], y[y >= 5], train_size=50, stratify=y[y >= 5], random_state=0
)
print(f"images of 0 to 4: {len(X_many)}")
print(f"images of 5 to 9: {len(X_few)} to learn from, {len(X_test)} to be tested on")

ImageGridDisplay.from_images(X_few, y_few, max_images=10)
plt.show()

# %%
# Train the lender
# ----------------

cnn = CNNClassifier(
    filters=(32, 64, 128),
    padding="same",
    pooling="each",
    global_pooling="max",
    dropout=0,
    dense_units=(),
    rescale=1 / 255,
    learning_rate="one_cycle",
    batch_size=32,
    epochs=15,
    validation_split=0,
    early_stopping=False,
    random_state=0,
)
lender = cnn.fit(X_many, y_many)
print(f"layers: {', '.join(layer.name for layer in lender.model_.layers)}")

# %%
# Borrow it
# ---------
#
# Its last layers know much about 0 to 4 and little else, so it is left at ``pool_2``. What stands
# in each of the 64 maps there is one feature, its largest number, for any classifier to learn
# from. ``TransferClassifier`` puts a new last layer on the network itself, and with ``fine_tune``
# also trains on the last layers below it.

borrowed = {"layer": "pool_2", "pooling": "max"}
classifiers = {
    "SVM on pixels": make_pipeline(ImageFlattener(), PixelScaler(), SVC()),
    "the same network from scratch": clone(cnn).set_params(batch_size=10, epochs=30),
    "SVM on features": make_pipeline(
        CNNFeatureExtractor(lender, **borrowed), StandardScaler(), SVC()
    ),
    "logistic regression on features": make_pipeline(
        CNNFeatureExtractor(lender, **borrowed), StandardScaler(), LogisticRegression()
    ),
    "transfer": TransferClassifier(lender, **borrowed, random_state=0),
    "transfer, fine-tuned": TransferClassifier(
        lender, fine_tune=2, fine_tune_learning_rate=0.001, **borrowed, random_state=0
    ),
}
accuracies = pd.Series(
    {name: c.fit(X_few, y_few).score(X_test, y_test) for name, c in classifiers.items()},
    name="test accuracy",
)
print(accuracies.round(4).to_string())

# %%
# What the best of them gets wrong
# --------------------------------

mistakes = MisclassifiedDisplay.from_estimator(classifiers["transfer, fine-tuned"], X_test, y_test)
plt.show()

print(f"misclassified: {mistakes.n_misclassified} of {mistakes.n_samples}")

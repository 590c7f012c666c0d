"""
A network in a Pipeline
=======================

A Keras network of skcnn behaves as ``LogisticRegression`` does. This example takes a Pipeline that
ends in logistic regression, exchanges the last step for a multilayer perceptron, and then does
with both what one does with classifiers: cross-validate them on sorted data, clone and pickle
them, weight their samples, and ask how far their probabilities can be trusted. With
``--dataset mnist`` it trains on 4,000 images of MNIST.
"""

import argparse
import pickle

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.calibration import CalibrationDisplay
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.utils.class_weight import compute_sample_weight

from skcnn import ImageFlattener, MLPClassifier, PixelScaler, fetch_mnist, load_digit_images

parser = argparse.ArgumentParser()
parser.add_argument("--dataset", choices=("digits", "mnist"), default="digits")
dataset = parser.parse_known_args()[0].dataset

if dataset == "mnist":
    mnist = fetch_mnist()
    X_train, _, y_train, _ = train_test_split(
        mnist.X_train, mnist.y_train, train_size=4000, stratify=mnist.y_train, random_state=0
    )
    X_test, y_test = mnist.X_test, mnist.y_test
else:
    X, y = load_digit_images(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

# %%
# A table, and labels in words
# ----------------------------
#
# The pixels become the columns of a DataFrame and the labels words: nothing that a network could
# take as it is.

words = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])

flattener = ImageFlattener().set_output(transform="pandas")
X_train = flattener.fit_transform(X_train)
X_test = flattener.transform(X_test)
y_train = pd.Series(words[y_train], name="digit")
y_test = pd.Series(words[y_test], name="digit")

print(f"training: {X_train.shape[0]:,} rows, {X_train.shape[1]} columns")
print(f"columns:  {X_train.columns[0]} to {X_train.columns[-1]}")
print(f"labels:   {', '.join(y_train[:6])}, ...")

# %%
# Exchange the last step
# ----------------------
#
# A step is a parameter of the Pipeline, and so is each parameter of a step.

logistic_regression = Pipeline(
    [("scale", PixelScaler()), ("classifier", LogisticRegression(max_iter=1000))]
)
network = clone(logistic_regression).set_params(classifier=MLPClassifier(random_state=0))
network.set_params(classifier__hidden_units=(256,))

pipelines = {"logistic regression": logistic_regression, "MLP": network}
print(network)

# %%
# Cross-validate it on sorted data
# --------------------------------
#
# Here all the eights come first, then all the fives, and so on through the alphabet. scikit-learn
# gives every fold its share of each label, provided that it sees a classifier; what it does not
# see as one is trained on some digits, tested on the others, and scores about zero. The network
# is seen as one, and holds out its own validation part in the same way.

order = y_train.argsort()
X_sorted, y_sorted = X_train.iloc[order], y_train.iloc[order]

scores = pd.DataFrame(
    {
        name: {
            "shuffled": cross_val_score(pipeline, X_train, y_train, cv=3).mean(),
            "sorted by label": cross_val_score(pipeline, X_sorted, y_sorted, cv=3).mean(),
        }
        for name, pipeline in pipelines.items()
    }
)
print("accuracy in cross-validation")
print(scores.round(3).to_string())

# %%
# Clone it and pickle it
# ----------------------
#
# A clone has the same parameters and has learned nothing. Trained with the same ``random_state``,
# it gives the same probabilities to the last bit, and so does a copy that went through a pickle.

for pipeline in pipelines.values():
    pipeline.fit(X_train, y_train)
    twin = clone(pipeline).fit(X_train, y_train)
    copy = pickle.loads(pickle.dumps(pipeline))

    probabilities = pipeline.predict_proba(X_test)
    print(type(pipeline["classifier"]).__name__)
    print("  clone, fitted again:", np.array_equal(probabilities, twin.predict_proba(X_test)))
    print("  through a pickle:   ", np.array_equal(probabilities, copy.predict_proba(X_test)))

# %%
# Weight its samples
# ------------------
#
# Now most of the eights get lost: one in sixteen is left, and a classifier that minds its accuracy
# alone neglects them. ``class_weight`` gives the few the weight of the many. The same weights
# sample by sample, passed through the Pipeline to ``fit``, give the same classifier.

eights = y_train.index[y_train == "eight"]
lost = eights.delete(slice(None, None, 16))
X_few, y_few = X_train.drop(lost), y_train.drop(lost)
weight = compute_sample_weight("balanced", y_few)
print(f"{len(eights) - len(lost)} eights are left of {len(eights)}")

X_test_eights = X_test[y_test == "eight"]
recall = {}
for name, pipeline in pipelines.items():
    unweighted = clone(pipeline).fit(X_few, y_few)
    by_class = clone(pipeline).set_params(classifier__class_weight="balanced").fit(X_few, y_few)
    by_sample = clone(pipeline).fit(X_few, y_few, classifier__sample_weight=weight)
    recall[name] = {
        "without weights": np.mean(unweighted.predict(X_test_eights) == "eight"),
        "class_weight": np.mean(by_class.predict(X_test_eights) == "eight"),
        "sample_weight": np.mean(by_sample.predict(X_test_eights) == "eight"),
    }
print("share of the eights in the test set that are read as eights")
print(pd.DataFrame(recall).round(3).to_string())

# %%
# Trust its probabilities
# -----------------------
#
# Where a classifier gives its answers a probability of 0.8, eight in ten of them should be right.
# Above the dotted line it is too modest, below it too sure of itself. scikit-learn's tools for
# probabilities take those of the network as they take any others.

figure, ax = plt.subplots(figsize=(6, 5), layout="constrained")
quality = {}
styles = [{"marker": "o", "color": "black"}, {"marker": "s", "color": "0.55"}]
for (name, pipeline), style in zip(pipelines.items(), styles, strict=True):
    probabilities = pipeline.predict_proba(X_test)
    answers = pipeline.classes_[probabilities.argmax(axis=1)]
    quality[name] = {
        "log loss": log_loss(y_test, probabilities),
        "ROC AUC": roc_auc_score(y_test, probabilities, multi_class="ovr"),
    }
    CalibrationDisplay.from_predictions(
        answers == y_test, probabilities.max(axis=1), n_bins=5, name=name, ax=ax, **style
    )
ax.set(
    title="How far to trust an answer",
    xlabel="probability that the classifier gives its answer",
    ylabel="share of such answers that are right",
)
plt.show()

print(pd.DataFrame(quality).round(4).to_string())

"""
A folder of pictures
====================

Pictures come as files, one folder a class, in all sizes. Here they are tiles cut out of the two
photographs that come with scikit-learn, a temple and a flower; ``--images FOLDER`` takes a folder
of your own. A Pipeline that begins with ``ImageLoader`` takes their paths: it is cross-validated,
searched and looked at like any other, and each file is decoded once.
"""

import argparse
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_images
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline

from skcnn import CNNClassifier, ImageFlattener, ImageLoader, PixelScaler, load_image_folder
from skcnn.display import ImageGridDisplay, MisclassifiedDisplay

parser = argparse.ArgumentParser()
parser.add_argument("--images", type=Path, metavar="FOLDER")
images = parser.parse_known_args()[0].images

made = tempfile.TemporaryDirectory()
if images is None:
    images, rng = Path(made.name), np.random.default_rng(0)
    for photograph, name in zip(load_sample_images().images, ("temple", "flower"), strict=True):
        (images / name).mkdir()
        for number, (top, left) in enumerate(np.ndindex(7, 10)):
            height, width = rng.integers(40, 61, 2)
            tile = photograph[61 * top :, 64 * left :][:height, :width]
            Image.fromarray(tile).save(images / name / f"{number:02}.jpg")

# %%
# What is there
# -------------
#
# The pictures differ in size, so that they are not an array yet: ``data`` holds their paths.

folder = load_image_folder(images)
X_train, X_test, y_train, y_test = train_test_split(
    folder.data, folder.labels, stratify=folder.labels, random_state=0
)
print(f"classes:         {', '.join(folder.target_names)}")
print(f"training images: {len(X_train):,}")
print(f"test images:     {len(X_test):,}")
print(f"one of them:     {folder.filenames[0]}")

some = np.random.default_rng(1).permutation(len(folder.paths))[:10]
ImageGridDisplay.from_images(folder.paths[some], folder.labels[some])
plt.show()

# %%
# From paths to labels
# --------------------
#
# ``ImageLoader`` gives bytes, and ``rescale`` lets the network divide them itself. How large the
# pictures should be is a parameter like any other.

cnn = CNNClassifier(
    filters=(8, 16),
    pooling="each",
    global_pooling="average",
    rescale=1 / 255,
    learning_rate=0.003,
    batch_size=16,
    epochs=30,
    validation_split=0,
    early_stopping=False,
    random_state=0,
)
pipelines = {
    "logistic regression": Pipeline(
        [
            ("load", ImageLoader((32, 32))),
            ("flatten", ImageFlattener()),
            ("scale", PixelScaler()),
            ("classifier", LogisticRegression(max_iter=1000)),
        ]
    ),
    "CNN": Pipeline([("load", ImageLoader((32, 32))), ("classifier", cnn)]),
}
grid = {"load__image_size": [(8, 8), (16, 16), (32, 32)]}
searches = {name: GridSearchCV(pipeline, grid, cv=3) for name, pipeline in pipelines.items()}
for name, search in searches.items():
    search.fit(X_train, y_train)
    height, width = search.best_params_["load__image_size"]
    print(f"{name}: {height} x {width} pixels")
    print(f"  cv accuracy:   {search.best_score_:.4f}")
    print(f"  test accuracy: {search.score(X_test, y_test):.4f}")

# %%
# What is taken for what
# ----------------------
#
# The displays take paths too, where the Pipeline does, and draw what has been loaded.

mistakes = MisclassifiedDisplay.from_estimator(searches["logistic regression"], X_test, y_test)
plt.show()

print(f"misclassified: {mistakes.n_misclassified} of {mistakes.n_samples:,}")
made.cleanup()

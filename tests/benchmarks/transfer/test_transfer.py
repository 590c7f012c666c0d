"""``benchmarks.transfer``, with a small archive of pictures and rivals that take no time."""

import zipfile
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from sklearn.dummy import DummyClassifier

from benchmarks.transfer.measuring import Borrowed, Result, measure
from benchmarks.transfer.page import table
from benchmarks.transfer.pictures import ARCHIVE, load_halves
from benchmarks.transfer.rivals import RIVALS, Rival

NAMES = ["ant", "bee", "cow", "dog", "eel", "fox", "gnu", "hen", "ibis", "jay"]


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """Return an archive of three grey pictures a class, each of a brightness of its own."""
    path = tmp_path / ARCHIVE
    with zipfile.ZipFile(path, "w") as packed:
        for part, n in (("train", 3), ("test", 2)):
            for number, name in enumerate(NAMES):
                for picture in range(n):
                    content = BytesIO()
                    grey = (20 * number + picture,) * 3
                    Image.new("RGB", (32, 32), grey).save(content, "JPEG")
                    packed.writestr(f"cifar10/{part}/{name}/{picture}.jpg", content.getvalue())
    monkeypatch.setenv("SKCNN_DATA_HOME", str(tmp_path))
    return path


@pytest.fixture
def halves(archive):
    return load_halves()


@pytest.fixture
def borrowed():
    estimator = DummyClassifier()
    estimator.n_iter_ = 6
    return Borrowed(estimator, 0.8, 15, 3.0)


def constant(name):
    return Rival(name, "says one word", lambda _, seed: DummyClassifier(strategy="most_frequent"))


def test_the_halves_have_no_class_in_common(halves):
    assert halves.known.classes == halves.known_test.classes == NAMES[:5]
    assert halves.new.classes == halves.new_test.classes == NAMES[5:]
    assert (len(halves.known), len(halves.new_test)) == (15, 10)
    assert halves.new.X.shape == (15, 32, 32, 3)
    assert halves.new.X.dtype == np.uint8


def test_a_draw_has_as_many_images_of_each_class_and_depends_on_the_seed(halves):
    few, again, other = (halves.new.few(2, seed) for seed in (0, 0, 1))

    assert sorted(few.y) == sorted(NAMES[5:] * 2)
    np.testing.assert_array_equal(few.X, again.X)
    assert (few.X != other.X).any()


def test_a_missing_archive_says_where_it_should_be(tmp_path, monkeypatch):
    monkeypatch.setenv("SKCNN_DATA_HOME", str(tmp_path))

    with pytest.raises(FileNotFoundError, match=f"no .*{ARCHIVE}; expected CIFAR-10"):
        load_halves()


def test_all_rivals_learn_from_the_same_draws(halves, borrowed):
    told = []

    results = measure([constant("one"), constant("two")], borrowed, halves, 2, [0, 1], told.append)

    assert [result.accuracies for result in results] == [(0.2, 0.2)] * 2
    assert [len(result.seconds) for result in results] == [2, 2]
    assert len(told) == 4
    assert told[0].startswith("one, draw 0: 20.0%")


def test_the_table_has_means_and_ranges_the_best_last(halves, borrowed):
    results = [
        Result(constant("good"), (0.5, 0.7, 0.6), (1.0, 3.0, 2.0)),
        Result(constant("poor"), (0.25, 0.25, 0.25), (0.5, 0.5, 0.5)),
    ]

    text = table(results, borrowed, halves, 2)

    lines = text.splitlines()
    assert lines[2] == "| poor | 25.0% | 25.0% to 25.0% | 0.500 | says one word |"
    assert lines[3] == "| good | 60.0% | 50.0% to 70.0% | 2 | says one word |"
    assert "learned ant, bee, cow, dog, eel from 15 images in 6 epochs (3 s)" in text
    assert "from 10 images, 2 a class, in 3 draws of them, and are tested on 10" in text


def test_the_rivals_can_be_made():
    names = [rival.title for rival in RIVALS]

    assert len(set(names)) == len(names)
    assert "SVM on pixels" in names
    for rival in RIVALS[:2]:
        assert hasattr(rival.make(None, 0), "fit")

"""Warnings that point at the user's line."""

import warnings

import pytest
from joblib import Parallel, delayed

from skcnn._warning import warn


def inside(module, code):
    """Return a function ``call`` of a module of that name, made of code."""
    names = {"__name__": module, "warn": warn, "Parallel": Parallel, "delayed": delayed}
    exec(compile(code, f"{module}.py", "exec"), names)
    return names["call"]


GIVE = "def call(then=None):\n    then() if then else warn('careful')"


@pytest.mark.parametrize(
    "module", ["skcnn", "skcnn.estimators._base", "sklearn.pipeline", "joblib"]
)
def test_a_warning_points_at_the_first_line_outside(module):
    call = inside(module, GIVE)
    with pytest.warns(UserWarning, match="careful") as caught:
        call()

    assert caught[0].filename == __file__


@pytest.mark.parametrize("module", ["skcnn_of_mine", "sklearn_extra.things", "joblibs"])
def test_modules_with_names_that_begin_alike_are_users(module):
    call = inside(module, GIVE)
    with pytest.warns(UserWarning, match="careful") as caught:
        call()

    assert caught[0].filename == f"{module}.py"


def test_a_users_line_between_two_of_scikit_learn_is_pointed_at():
    users = inside("mine", "def call(then):\n    then()")
    outer = inside("sklearn.base", "def call(then, last):\n    then(last)")
    inner = inside("skcnn._base", GIVE)
    with pytest.warns(UserWarning, match="careful") as caught:
        outer(users, inner)

    assert caught[0].filename == "mine.py"


def test_a_warning_out_of_joblib_points_at_who_called_it():
    code = "def call(task):\n    Parallel(n_jobs=None)([delayed(task)()])"
    task = inside("skcnn._base", GIVE)
    with pytest.warns(UserWarning, match="careful") as caught:
        inside("sklearn.model_selection", code)(task)

    assert caught[0].filename == __file__


def test_a_warning_has_its_category():
    with pytest.warns(DeprecationWarning, match="old"):
        warn("old", DeprecationWarning)


def test_a_warning_without_a_line_outside_is_given_all_the_same(monkeypatch):
    monkeypatch.setattr("skcnn._warning._INSIDE", ("",))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn("careful")

    assert [str(warning.message) for warning in caught] == ["careful"]

"""What the package is as a whole: what importing it costs, and which room may enter which."""

import ast
import doctest
import operator
import subprocess
import sys
from pathlib import Path

import pytest

import skcnn
import skcnn.display

PACKAGE = Path(skcnn.__file__).parent

# From the ground up; a room imports only from floors below its own. engine.runtime is the
# doorstep: every room may stand on it, because TensorFlow must start quietly wherever it starts.
FLOORS = [
    {"engine.runtime"},
    {"augmentation", "datasets", "preprocessing", "builders"},
    {"engine", "presets"},
    {"classifiers"},
    {"comparison", "display"},
    {"cli"},
    {"__main__"},
]


def imported_by(code):
    process = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(process.stdout.split())


def test_importing_skcnn_loads_nothing_heavy():
    heavy = {"tensorflow", "keras", "scikeras", "sklearn", "numpy", "pandas", "matplotlib"}

    assert not imported_by("import skcnn") & heavy
    assert not imported_by("import skcnn.display") & heavy
    assert not imported_by("import skcnn._presets") & heavy
    assert not imported_by("import skcnn.cli") & heavy


@pytest.mark.parametrize("name", ["fetch_mnist", "PixelScaler"])
def test_data_and_transformers_need_no_tensorflow(name):
    assert not imported_by(f"from skcnn import {name}") & {"tensorflow", "keras", "scikeras"}


def test_a_picture_of_images_needs_no_tensorflow():
    modules = imported_by("from skcnn.display import ImageGridDisplay")

    assert not modules & {"tensorflow", "keras", "scikeras"}


@pytest.mark.parametrize("name", skcnn.__all__)
def test_public_names_are_there(name):
    assert name in dir(skcnn)
    assert getattr(skcnn, name).__doc__


def test_the_contract_of_public_names():
    assert set(skcnn.__all__) >= {
        "CNNClassifier",
        "ImageFlattener",
        "ImageReshaper",
        "KerasClassifier",
        "LabelOneHotEncoder",
        "MLPClassifier",
        "PixelScaler",
        "RandomAffine",
        "build_cnn",
        "build_mlp",
        "compare_classifiers",
        "default_classifiers",
        "fetch_fashion_mnist",
        "fetch_mnist",
        "load_digit_images",
    }


@pytest.mark.parametrize("package", [skcnn, skcnn.display], ids=lambda package: package.__name__)
def test_type_checkers_see_the_names_that_are_loaded(package):
    names = {
        (alias.name, node.module)
        for node in ast.walk(ast.parse(Path(package.__file__).read_text()))
        if isinstance(node, ast.ImportFrom) and node.module.startswith("skcnn.")
        for alias in node.names
    }

    homes = package._HOMES.items()
    assert names == {(name, f"{package.__name__}.{home}") for name, home in homes}
    assert set(dir(package)) >= {name for name, _ in names}


@pytest.mark.parametrize("package", [skcnn, skcnn.display], ids=lambda package: package.__name__)
def test_an_unknown_name_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match=f"{package.__name__}' has no attribute 'nonsense'"):
        _ = package.nonsense


def modules():
    """Return (dotted name below skcnn, path) of every module."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), path


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def floor_of(module):
    rooms = [i for i, floor in enumerate(FLOORS) if module in floor]
    return rooms[0] if rooms else floor_of(module.rpartition(".")[0])


@pytest.mark.parametrize(("module", "path"), [m for m in modules() if m[0]])
def test_rooms_import_only_from_below(module, path):
    for imported in imports_of(path):
        inside = imported.removeprefix("skcnn.")
        same_room = inside.split(".")[0] == module.split(".")[0]
        if imported.startswith("skcnn.") and not same_room:
            assert floor_of(inside) < floor_of(module), f"{module} imports {imported}"


@pytest.mark.parametrize(
    ("library", "door"),
    [
        ("tensorflow", "engine.runtime"),
        ("keras", "engine.runtime"),
        ("scikeras", "classifiers.base"),
    ],
)
def test_each_backend_has_one_door(library, door):
    users = {
        module
        for module, path in modules()
        for imported in imports_of(path)
        if imported.split(".")[0] == library
    }

    assert users == {door}


@pytest.mark.parametrize(
    "name", [*skcnn.__all__[:-1], *(f"display.{name}" for name in skcnn.display.__all__)]
)
def test_examples_in_docstrings_work(name):
    thing = operator.attrgetter(name)(skcnn)
    tests = doctest.DocTestFinder(recurse=False).find(thing, name, globs={})
    runner = doctest.DocTestRunner()
    for test in tests:
        runner.run(test)

    assert runner.summarize().failed == 0

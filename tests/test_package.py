"""What the package is as a whole: what importing it costs, and what it promises."""

import ast
import doctest
import operator
import re
import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path

import pytest

import skcnn
import skcnn.display

PACKAGE = Path(skcnn.__file__).parent


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


@pytest.mark.slow
def test_networks_of_our_own_need_no_scikeras():
    modules = imported_by("from skcnn import CNNClassifier, MLPClassifier, compare_classifiers")

    assert "tensorflow" in modules
    assert "scikeras" not in modules


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fetch_mnist", "PixelScaler"])
def test_data_and_transformers_need_no_tensorflow(name):
    assert not imported_by(f"from skcnn import {name}") & {"tensorflow", "keras", "scikeras"}


@pytest.mark.slow
def test_a_picture_of_images_needs_no_tensorflow():
    modules = imported_by("from skcnn.display import ImageGridDisplay")

    assert not modules & {"tensorflow", "keras", "scikeras"}


@pytest.mark.parametrize("name", skcnn.__all__)
def test_public_names_are_there(name):
    assert name in dir(skcnn)
    assert getattr(skcnn, name).__doc__


PROMISED = {
    "skcnn": {
        "BaseKerasClassifier",
        "BaseKerasRegressor",
        "CNNClassifier",
        "CNNFeatureExtractor",
        "CNNRegressor",
        "DigitNormalizer",
        "ImageFlattener",
        "ImageLoader",
        "ImageReshaper",
        "KerasClassifier",
        "KerasRegressor",
        "LabelOneHotEncoder",
        "MLPClassifier",
        "MLPRegressor",
        "NoteReader",
        "ONNXClassifier",
        "ONNXRegressor",
        "PixelScaler",
        "RandomAffine",
        "TransferClassifier",
        "__version__",
        "build_cnn",
        "build_mlp",
        "clear_programs",
        "compare_classifiers",
        "compare_regressors",
        "default_classifiers",
        "default_regressors",
        "export_onnx",
        "fetch_cifar10",
        "fetch_fashion_mnist",
        "fetch_mnist",
        "load_digit_images",
        "load_image_folder",
        "load_pretrained",
        "network_estimator",
        "parameter",
    },
    "skcnn.cli": {"main"},
    "skcnn.datasets": {
        "fetch_cifar10",
        "fetch_fashion_mnist",
        "fetch_mnist",
        "load_digit_images",
        "load_image_folder",
    },
    "skcnn.display": {
        "AugmentationDisplay",
        "ComparisonDisplay",
        "ConvolutionFiltersDisplay",
        "FeatureMapsDisplay",
        "ImageGridDisplay",
        "MisclassifiedDisplay",
        "NoteDisplay",
        "SaliencyDisplay",
        "TrainingHistoryDisplay",
    },
    "skcnn.estimators": {
        "BaseKerasClassifier",
        "BaseKerasRegressor",
        "CNNClassifier",
        "CNNFeatureExtractor",
        "CNNRegressor",
        "KerasClassifier",
        "KerasRegressor",
        "MLPClassifier",
        "MLPRegressor",
        "TransferClassifier",
        "network_estimator",
        "parameter",
    },
    "skcnn.networks": {
        "GlobalPooling",
        "Padding",
        "PoolType",
        "Pooling",
        "build_cnn",
        "build_mlp",
    },
    "skcnn.pretrained": {"load_pretrained"},
    "skcnn.reading": {"Note", "NoteDigit", "NoteLine", "NoteReader"},
    "skcnn.preprocessing": {
        "DigitNormalizer",
        "ImageFlattener",
        "ImageLoader",
        "ImageReshaper",
        "LabelOneHotEncoder",
        "PixelScaler",
    },
}


@pytest.mark.parametrize("module", PROMISED)
def test_what_is_promised(module):
    assert set(import_module(module).__all__) == PROMISED[module]


def test_what_is_not_promised_has_an_underscore():
    modules = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in PACKAGE.rglob("*.py")
    }

    public = {name for name in modules if not any(part[0] == "_" for part in name.split("."))}
    assert public == PROMISED.keys()


def test_the_architecture_lists_what_is_promised():
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text()
    section = page.partition("## What is promised")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w.]+)` \| (.*) \|$", section, re.MULTILINE)

    assert {module: set(re.findall(r"`(\w+)`", names)) for module, names in rows} == PROMISED


@pytest.mark.parametrize("package", [skcnn, skcnn.display], ids=lambda package: package.__name__)
def test_type_checkers_see_the_names_that_are_loaded(package):
    names = {
        (alias.name, node.module)
        for node in ast.walk(ast.parse(Path(package.__file__).read_text()))
        if isinstance(node, ast.ImportFrom) and node.module.startswith("skcnn.")
        if node.module != "skcnn._lazy"
        for alias in node.names
    }

    homes = package._HOMES.items()
    assert names == {(name, f"{package.__name__}.{home}") for name, home in homes}
    assert set(dir(package)) >= {name for name, _ in names}


@pytest.mark.parametrize("package", [skcnn, skcnn.display], ids=lambda package: package.__name__)
def test_an_unknown_name_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match=f"{package.__name__}' has no attribute 'nonsense'"):
        _ = package.nonsense


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [*skcnn.__all__[:-1], *(f"display.{name}" for name in skcnn.display.__all__)]
)
def test_examples_in_docstrings_work(name):
    thing = operator.attrgetter(name)(skcnn)
    tests = doctest.DocTestFinder(recurse=False).find(thing, name, globs={})
    runner = doctest.DocTestRunner()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # an example that warns teaches to ignore it
        for test in tests:
            runner.run(test)

    assert runner.summarize().failed == 0

"""The plan of the house: which room may enter which, and who may touch what is not promised."""

import ast
import functools
import re
from pathlib import Path

import pytest

import skcnn

PACKAGE = Path(skcnn.__file__).parent
PAGE = PACKAGE.parent / "docs" / "architecture.md"

# From the ground up; a room imports only from floors below its own. _engine.runtime is the
# doorstep: every room may stand on it, because TensorFlow must start quietly wherever it starts.
FLOORS = [
    {"_engine.runtime"},
    {
        *("_extras", "_lazy", "_processes", "_progress", "_sklearn_internals", "_threads"),
        *("_warning", "_whole_files"),
    },
    {"_arrays", "_augmentation", "_digit_form", "_measuring", "_pictures", "_versioned"},
    {"_cached_images"},
    {"_picture_index"},
    {"_picture_cache"},
    {"datasets", "preprocessing"},
    {"_engine", "_presets"},
    {"networks"},
    {"estimators"},
    {"_comparison", "_onnx", "display"},
    {"pretrained"},
    {"reading"},
    {"cli"},
    {"__main__"},
]


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
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


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


def needs(module):
    """Return every module of the engine that one of them cannot do without."""
    paths = {name.removeprefix("_engine."): path for name, path in modules()}
    found, ahead = set(), [module]
    while ahead:
        for imported in imports_of(paths[ahead.pop()]):
            name = imported.removeprefix("skcnn._engine.").split(".")[0]
            if imported.startswith("skcnn._engine.") and name in paths and name not in found:
                found.add(name)
                ahead.append(name)
    return found


def test_the_training_loop_and_the_forward_pass_do_not_know_each_other():
    assert "fitting" not in needs("predicting")
    assert "predicting" not in needs("fitting")


@pytest.mark.parametrize(
    ("library", "doors"),
    [
        ("tensorflow", {"_engine.runtime", "_engine.keras_internals"}),
        ("keras", {"_engine.runtime", "_engine.keras_internals"}),
        ("scikeras", {"estimators._keras"}),
        ("onnxruntime", set()),
    ],
)
def test_each_backend_has_its_doors(library, doors):
    users = {
        module
        for module, path in modules()
        for imported in imports_of(path)
        if imported.split(".")[0] == library
    }

    assert users == doors


# --- names that other libraries do not promise -------------------------------------------------

ROOMS = {"_engine.keras_internals", "_sklearn_internals"}
# scikit-learn asks its estimators to have the attribute, scikeras' documentation teaches the
# method, joblib has no public way to its workers, and the version is a key of states alone.
ALLOWED = {"_parameter_constraints"}
ALLOWED_IN = {
    "_versioned": {"_skcnn_version"},
    "estimators._open_parameters": {"_keras_build_fn"},
    "cli._interruption": {"_executor", "_exit", "_run_exitfuncs"},
}


def private(name):
    return re.fullmatch(r"_[a-z]\w*", name) is not None


def names_defined_in(tree):
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def private_names_in(path):
    """Yield private names that a module reads from something, or imports, from wherever it is."""
    tree = ast.parse(path.read_text())
    parts_of_text = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if id(node) in parts_of_text:
            continue
        if isinstance(node, ast.Attribute) and private(node.attr):
            yield node.attr
        elif isinstance(node, ast.ImportFrom) and not node.module.startswith("skcnn"):
            yield from filter(private, (alias.name for alias in node.names))
            yield from filter(private, node.module.split("."))
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and private(node.value)
        ):
            yield node.value


@functools.cache
def ours():
    """Return the private names that skcnn itself defines, and those of its modules."""
    trees = [ast.parse(path.read_text()) for name, path in modules() if name not in ROOMS]
    defined = {name for tree in trees for name in names_defined_in(tree) if private(name)}
    return defined | {part for name, _ in modules() for part in name.split(".")}


@pytest.mark.parametrize(("module", "path"), [m for m in modules() if m[0] not in ROOMS])
def test_foreign_private_names_stand_in_two_rooms_alone(module, path):
    allowed = ours() | ALLOWED | ALLOWED_IN.get(module, set())

    assert set(private_names_in(path)) <= allowed


@pytest.mark.parametrize(("module", "path"), [m for m in modules() if m[0] not in ROOMS])
def test_unpromised_modules_are_entered_in_two_rooms_alone(module, path):
    entered = [
        name for name in imports_of(path) if re.match(r"keras\.src|tensorflow\.python", name)
    ]

    assert entered == []


# --- the page ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_network_of_ones_own_as_the_page_shows_it():
    import keras
    from sklearn.base import clone

    section = PAGE.read_text().partition("## A network of your own")[2].partition("\n## ")[0]
    names = {}
    exec(re.search(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)[1], names)
    kind = names["LinearClassifier"]

    of_mlp, own = skcnn.MLPClassifier().get_params(), kind(l2=0.01).get_params()
    of_its_network = {
        "hidden_units",
        "activation",
        "dropout",
        "rescale",
        "time_budget",
        "weight_decay",
    }
    assert own.keys() - {"l2"} == of_mlp.keys() - of_its_network
    assert "l2 : float, default=0.0" in kind.__doc__
    assert 'batch_size : int or "auto", default=200' in kind.__doc__
    classifier = clone(kind(l2=0.01, epochs=30, batch_size=32, random_state=0))
    X, y = skcnn.load_digit_images(return_X_y=True)
    assert classifier.fit(X[:400] / 255, y[:400]).score(X[:400] / 255, y[:400]) > 0.8
    assert isinstance(classifier.model_.layers[-1].kernel_regularizer, keras.regularizers.L2)
    with pytest.raises(ValueError, match="The 'l2' parameter of LinearClassifier"):
        kind(l2="much").fit(X, y)


def test_the_page_names_every_room():
    page = PAGE.read_text()
    rooms = {
        path.stem
        for path in PACKAGE.iterdir()
        if path.stem[:2] != "__" and path.name != "py.typed"
    }

    assert {room for room in rooms if f"`{room}" not in page} == set()


def test_files_that_pages_and_comments_name_are_there():
    root = PACKAGE.parent
    pages = [*root.glob("*.md"), *root.glob("docs/*.md"), *root.glob("benchmarks/*.md")]
    sources = [*PACKAGE.rglob("*.py"), *root.glob("tests/**/*.py")]
    named = {
        (page.name, name)
        for page in [*pages, *sources]
        for name in re.findall(
            r"\b(?:tests|skcnn|docs|benchmarks|examples)/[\w/]+\.(?:py|md)", page.read_text()
        )
    }

    assert len(named) > 20
    assert {(page, name) for page, name in named if not (root / name).is_file()} == set()

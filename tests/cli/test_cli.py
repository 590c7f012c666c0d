"""The command skcnn: what it prints, writes and returns."""

import contextlib
import os
import re
import runpy
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace

import matplotlib.font_manager  # noqa: F401  (its first import on a computer says so on stderr)
import numpy as np
import pandas as pd
import pytest
from joblib.externals.loky import reusable_executor
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import cross_val_score

import skcnn
from skcnn import _comparison, cli, default_classifiers, load_digit_images
from skcnn._measuring import Measurement
from skcnn.cli import _compare, _interruption
from skcnn.cli._compare import MODELS
from skcnn.cli._data import DATASETS
from skcnn.datasets import _cifar10, _mnist

REAL_HOME = Path(os.environ.get("SKCNN_DATA_HOME") or "no data home")


class Failing(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        raise RuntimeError("out of [ink], and with a reason too long for a line of 80 characters")


def run_skcnn(*arguments, folder):
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(
        [sys.executable, "-m", "skcnn", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env=environment | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
        check=False,
    )


def read_table(folder):
    return pd.read_csv(folder / "comparison.csv", index_col="classifier")


def size_of_png(path):
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", content[16:24])


@pytest.fixture(autouse=True)
def in_eighty_columns(eighty_columns):
    """No test here shall depend on the terminal of whoever runs it."""


@pytest.fixture
def measured(monkeypatch):
    """Put numbers in place of the measurements; return what was to be measured."""
    asked = {}

    def measure(kind, classifiers, X, y, **options):
        asked.update(options, classifiers=classifiers, X=X, y=y)
        for on_test_set in (False, True)[: 1 + (options["X_test"] is not None)]:
            for name in classifiers:
                yield Measurement(
                    name, on_test_set, {"score": 0.98765}, 12345.67, 12345.6, 12345678
                )

    monkeypatch.setattr(_comparison, "measure", measure)
    return asked


@pytest.fixture
def failing(monkeypatch):
    monkeypatch.setattr(
        _comparison,
        "default_classifiers",
        lambda *args, **kwargs: {"logistic regression": Failing(), "SVM": DummyClassifier()},
    )


# --- help, version and unusable arguments


def test_help_names_the_commands(capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["--help"])

    assert exit_.value.code == 0
    text = capsys.readouterr().out
    assert re.search(r"^ +compare +cross-validate", text, re.MULTILINE)
    assert re.search(r"^ +show +print an image", text, re.MULTILINE)
    assert re.search(r"^ +predict +say what a trained network sees", text, re.MULTILINE)
    assert re.search(r"^ +read +print what stands in a picture", text, re.MULTILINE)


def test_help_of_compare_names_every_option_and_choice(capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["compare", "--help"])

    text = capsys.readouterr().out
    assert exit_.value.code == 0
    for word in (*DATASETS, *MODELS, "comparison.csv", "SKCNN_DATA_HOME"):
        assert word in text
    for option in ("dataset", "models", "samples", "cv", "n-jobs", "seed", "output"):
        assert f"--{option}" in text
    assert max(map(len, text.splitlines())) <= 80


def test_version(capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["--version"])

    assert exit_.value.code == 0
    assert capsys.readouterr().out == f"skcnn {skcnn.__version__}\n"


def test_the_module_is_the_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["skcnn", "--version"])
    with pytest.raises(SystemExit) as exit_:
        runpy.run_module("skcnn", run_name="__main__")

    assert exit_.value.code == 0
    assert capsys.readouterr().out == f"skcnn {skcnn.__version__}\n"


def test_the_package_installs_the_command():
    (command,) = entry_points(group="console_scripts", name="skcnn")

    assert command.load() is cli.main


def test_help_loads_no_heavy_package():
    process = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from skcnn.cli import main\n"
            "try:\n    main(['compare', '--help'])\n"
            "except SystemExit:\n    pass\n"
            "heavy = {'tensorflow', 'keras', 'sklearn', 'numpy', 'pandas', 'matplotlib'}\n"
            "print('loaded:', sorted(heavy & set(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert process.stdout.endswith("loaded: []\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["usage: skcnn", "COMMAND"]),
        (["contrast"], ["'contrast'", "compare", "show"]),
        (["compare", "--dataset", "letters"], ["'letters'", *DATASETS]),
        (["compare", "--models", "svm", "tree"], ["'tree'", *MODELS]),
        (["compare", "--models"], ["at least one argument"]),
        (["compare", "--samples", "9"], ["whole number of 10 or more", "'9'"]),
        (["compare", "--samples", "many"], ["whole number of 10 or more", "'many'"]),
        (["compare", "--cv", "1"], ["whole number of 2 or more", "'1'"]),
        (["compare", "--cv", "2.5"], ["whole number of 2 or more", "'2.5'"]),
        (["compare", "--seed", "-1"], ["whole number of 0 or more", "'-1'"]),
        (["compare", "--n-jobs", "0"], ["whole number other than 0", "'0'"]),
        (["compare", "--n-jobs", "all"], ["whole number other than 0", "'all'"]),
        (["show", "--dataset", "letters"], ["'letters'", *DATASETS]),
        (["show", "--index", "-1"], ["whole number of 0 or more", "'-1'"]),
        (["show", "--index", "first"], ["whole number of 0 or more", "'first'"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_unusable_arguments_exit_with_2_and_the_usage(arguments, expected, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)

    printed = capsys.readouterr()
    assert exit_.value.code == 2
    assert printed.out == ""
    assert printed.err.startswith("usage: skcnn")
    for text in expected:
        assert text in printed.err


# --- what is compared


@pytest.mark.slow
def test_the_models_are_those_of_default_classifiers(skcnn_here, measured):
    for model, name in zip(MODELS, default_classifiers((8, 8, 1)), strict=True):
        assert skcnn_here("compare", "--models", model).status == 0
        assert list(measured["classifiers"]) == [name]


def test_all_digits_and_all_models_in_five_folds_are_the_default(skcnn_here, measured):
    images, labels = load_digit_images(return_X_y=True)

    assert skcnn_here("compare").status == 0

    assert list(measured["classifiers"]) == list(default_classifiers((8, 8, 1)))
    assert measured["classifiers"]["CNN"].named_steps["reshape"].image_shape == (8, 8, 1)
    np.testing.assert_array_equal(measured["X"], images)
    np.testing.assert_array_equal(measured["y"], labels)
    assert measured["X_test"] is measured["y_test"] is None
    assert measured["cv"] == 5
    assert measured["n_jobs"] == 1
    assert measured["classifiers"]["MLP"][-1].random_state == 0
    assert Path("skcnn-output", "comparison.csv").is_file()


def test_options_reach_the_comparison(skcnn_here, measured):
    skcnn_here("compare", "--cv", 3, "--n-jobs", -1, "--seed", 7, "--models", "cnn", "mlp", "cnn")

    assert measured["cv"] == 3
    assert measured["n_jobs"] == -1
    assert list(measured["classifiers"]) == ["MLP", "CNN"]
    assert {pipeline[-1].random_state for pipeline in measured["classifiers"].values()} == {7}


def test_a_system_without_signal_masks_will_do(monkeypatch, skcnn_here, measured):
    monkeypatch.delattr(signal, "pthread_sigmask", raising=False)

    assert skcnn_here("compare", "--n-jobs", 2).status == 0


@pytest.mark.parametrize(
    ("dataset", "pixel", "shape"),
    [("mnist", 1, (28, 28)), ("fashion-mnist", 2, (28, 28)), ("cifar10", 3, (32, 32, 3))],
)
def test_a_data_set_with_a_test_set_is_compared_on_it_too(
    skcnn_here, measured, pretended_data, dataset, pixel, shape
):
    ran = skcnn_here("compare", "--dataset", dataset, "--samples", 20)

    assert ran.status == 0
    reshape = measured["classifiers"]["CNN"].named_steps["reshape"]
    assert reshape.image_shape == (*shape, 1)[:3]
    assert measured["X"].shape == (20, *shape)
    assert measured["X_test"].shape == (8, *shape)
    assert len(measured["y_test"]) == 8
    assert (measured["X"] == pixel).all()
    assert (measured["X_test"] == pixel).all()
    assert f"{dataset}: 20 images, 5-fold cross-validation" in ran.out


@pytest.mark.parametrize("n_samples", [100, 1790])
def test_samples_are_drawn_with_each_class_share(skcnn_here, measured, n_samples):
    images, labels = load_digit_images(return_X_y=True)
    of_all = Counter(labels.tolist())

    skcnn_here("compare", "--samples", n_samples)

    drawn = Counter(measured["y"].tolist())
    assert drawn.total() == n_samples
    for digit, count in of_all.items():
        assert abs(drawn[digit] - count * n_samples / len(labels)) < 1
    known = Counter((image.tobytes(), label) for image, label in zip(images, labels, strict=True))
    mine = Counter(
        (image.tobytes(), label) for image, label in zip(measured["X"], measured["y"], strict=True)
    )
    assert mine <= known  # no image twice, and each with its own label


@pytest.mark.slow
def test_samples_are_seeded(skcnn_here, measured):
    def draw(seed):
        skcnn_here("compare", "--samples", 100, "--seed", seed)
        return measured["X"]

    first = draw(0)
    np.testing.assert_array_equal(draw(0), first)
    assert not np.array_equal(draw(1), first)


# --- what it prints and writes


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Run the command once, with a network, in a process of its own."""
    folder = tmp_path_factory.mktemp("compared")
    process = run_skcnn(
        *("compare", "--models", "mlp", "svm", "--samples", 200, "--cv", 2, "--output", "a/b"),
        folder=folder,
    )
    return process, folder / "a" / "b"


@pytest.mark.slow
def test_nothing_but_the_table_is_printed(compared):
    process, _ = compared

    assert process.returncode == 0
    (warning,) = process.stderr.splitlines()
    assert warning.startswith("skcnn: warning: This fit takes 30 gradient steps in all")
    lines = [line.strip() for line in process.stdout.splitlines() if line.strip()]
    assert lines[0] == "digits: 200 images, 2-fold cross-validation"
    assert lines[1].split() == ["fit", "predict"]
    assert lines[2].split() == ["classifier", "accuracy", "(s)", "(µs)", "parameters"]
    assert set(lines[3]) == {"─"}
    assert [line.split()[0] for line in lines[4:6]] == ["SVM", "MLP"]
    assert lines[6:] == [f"Wrote comparison.csv and comparison.png to {Path('a', 'b')}"]
    assert process.stdout.splitlines()[0].strip() != ""
    assert "\x1b" not in process.stdout


@pytest.mark.slow
def test_it_makes_its_folder_and_leaves_two_files_there(compared):
    _, folder = compared

    assert sorted(path.name for path in folder.iterdir()) == ["comparison.csv", "comparison.png"]


@pytest.mark.slow
def test_the_picture_is_a_png_of_a_sensible_size(compared):
    width, height = size_of_png(compared[1] / "comparison.png")

    assert width == 1200
    assert 300 <= height <= 1200


@pytest.mark.slow
def test_the_file_holds_the_numbers_of_the_table(skcnn_here, tmp_path):
    images, labels = load_digit_images(return_X_y=True)

    ran = skcnn_here(
        *("compare", "--models", "logistic-regression", "svm", "--cv", 3, "--output", tmp_path)
    )

    assert ran.status == 0
    assert ran.err == ""
    table = read_table(tmp_path)
    assert table.index.tolist() == ["SVM", "logistic regression"]
    for name, row in table.iterrows():
        expected = cross_val_score(default_classifiers((8, 8))[name], images, labels, cv=3)
        assert row["mean_score"] == pytest.approx(expected.mean(), rel=1e-14)
        assert row["std_score"] == pytest.approx(expected.std(), rel=1e-12)
        assert f"{row['mean_score']:.4f} ± {row['std_score']:.4f}" in ran.out
        assert f"{row['n_parameters']:,.0f}" in ran.out
    assert table["error"].isna().all()
    assert "test_score" not in table


def test_the_widest_table_fits_into_80_columns(skcnn_here, measured, pretended_data):
    ran = skcnn_here("compare", "--dataset", "fashion-mnist")

    assert max(map(len, ran.out.splitlines())) <= 80
    (row,) = (line for line in ran.out.splitlines() if "logistic" in line)
    assert row.split() == [
        *("logistic", "regression", "0.9877", "±", "0.0000"),
        *("0.9877", "12345.67", "12345.6", "12,345,678"),
    ]
    assert {"test", "set"} <= set(ran.out.split())


def test_a_narrow_terminal_breaks_numbers_and_hides_none(monkeypatch, skcnn_here, measured):
    monkeypatch.setenv("COLUMNS", "50")

    out = skcnn_here("compare", "--models", "svm", "--output", ".").out

    assert "…" not in out
    assert max(map(len, out.splitlines())) <= 50


def test_the_folder_is_printed_in_one_line(skcnn_here, measured, tmp_path):
    folder = tmp_path / ("long" * 30)

    assert f"to {folder}\n" in skcnn_here("compare", "--output", folder).out


@pytest.mark.slow
def test_a_seed_makes_scores_equal(skcnn_here):
    def compare(folder):
        arguments = ("--models", "mlp", "--samples", 60, "--cv", 2, "--seed", 3)
        skcnn_here("compare", *arguments, "--output", folder)
        return read_table(Path(folder)).loc["MLP", ["mean_score", "std_score"]].tolist()

    assert compare("first") == compare("second")


@pytest.mark.slow
@pytest.mark.skipif(
    not (REAL_HOME / "mnist").is_dir(),
    reason="SKCNN_DATA_HOME does not point to a folder with MNIST",
)
def test_mnist_gives_a_column_for_its_test_set(monkeypatch, skcnn_here, tmp_path):
    monkeypatch.setenv("SKCNN_DATA_HOME", str(REAL_HOME))
    ran = skcnn_here(
        *("compare", "--dataset", "mnist", "--models", "logistic-regression"),
        *("--samples", 200, "--cv", 2, "--output", tmp_path),
    )

    assert ran.status == 0
    score = read_table(tmp_path).loc["logistic regression", "test_score"]
    assert 0.7 < score < 0.95
    assert f" {score:.4f} " in ran.out
    assert "mnist: 200 images" in ran.out


# --- failures


def test_a_failing_classifier_has_its_row_and_reason_and_status_1(skcnn_here, failing):
    ran = skcnn_here("compare", "--models", "svm", "logistic-regression", "--cv", 2)

    rows = [line.split() for line in ran.out.splitlines()]
    assert ran.status == 1
    assert ["logistic", "regression", "failed"] in rows
    assert [row[0] for row in rows if row and row[0] in ("SVM", "logistic")] == [
        *("SVM", "logistic", "logistic")
    ]
    assert (
        "logistic regression failed: RuntimeError: out of [ink], and with a reason too long for "
        "a line of 80 characters\n" in ran.out
    )
    assert "Wrote comparison.csv and comparison.png" in ran.out
    table = read_table(Path("skcnn-output"))
    assert table.loc["logistic regression", "error"].startswith("RuntimeError: out of [ink]")
    assert np.isnan(table.loc["logistic regression", "mean_score"])


def test_where_all_fail_there_is_no_picture(skcnn_here, failing):
    ran = skcnn_here("compare", "--models", "logistic-regression", "--cv", 2)

    assert ran.status == 1
    assert "Wrote comparison.csv to skcnn-output\n" in ran.out
    assert [path.name for path in Path("skcnn-output").iterdir()] == ["comparison.csv"]


def assert_fails(ran, *expected):
    assert ran.status == 1
    assert ran.out == ""
    assert ran.err.startswith("skcnn: error: ")
    assert ran.err.count("\n") == 1
    for text in expected:
        assert text in ran.err


@pytest.mark.parametrize("output", ["taken", "taken/inside"])
def test_an_unwritable_folder_is_an_error_before_the_work(skcnn_here, measured, output):
    Path("taken").touch()

    ran = skcnn_here("compare", "--output", output)

    assert_fails(ran, f"cannot write to {Path(output)} (", "--output")
    assert measured == {}


@pytest.mark.parametrize("dataset", ["mnist", "fashion-mnist", "cifar10"])
def test_data_that_is_not_there_and_cannot_be_had_is_an_error(
    monkeypatch, skcnn_here, tmp_path, dataset
):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        mirrors = (f"http://127.0.0.1:{reserved.getsockname()[1]}/",)
        for name in ("MNIST", "FASHION_MNIST"):
            monkeypatch.setattr(_mnist, name, replace(getattr(_mnist, name), mirrors=mirrors))
        original = replace(_cifar10.ORIGINAL, urls=mirrors)
        monkeypatch.setattr(_cifar10, "ORIGINAL", original)
        monkeypatch.setenv("SKCNN_DATA_HOME", str(tmp_path / "empty"))
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)

        ran = skcnn_here("compare", "--dataset", dataset)

    assert ran.status == 1
    assert ran.out == ""
    assert ran.err.startswith("skcnn: error: ")
    assert mirrors[0] in ran.err
    assert "Traceback" not in ran.err


def test_more_samples_than_there_are_is_an_error(skcnn_here, measured):
    ran = skcnn_here("compare", "--samples", 1798)

    assert_fails(ran, "--samples 1798", "digits has 1797 training images")
    assert measured == {}


def test_as_many_samples_as_there_are_is_none(skcnn_here, measured):
    assert skcnn_here("compare", "--samples", 1797).status == 0


def test_more_folds_than_images_of_a_class_is_an_error(skcnn_here, measured):
    ran = skcnn_here("compare", "--samples", 20, "--cv", 3)

    assert_fails(ran, "--cv 3 needs 3 images of every class", "has 2", "--samples")
    assert measured == {}


def test_a_package_that_cannot_be_imported_is_an_error(monkeypatch, skcnn_here):
    def broken(name):
        raise ImportError("skcnn needs Keras on its TensorFlow backend")

    monkeypatch.setattr(_compare, "import_module", broken)

    assert_fails(skcnn_here("compare"), "skcnn needs Keras on its TensorFlow backend")


def test_an_error_of_the_program_keeps_its_traceback(monkeypatch, skcnn_here):
    def broken(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(_comparison, "tabulate", broken)

    with pytest.raises(ZeroDivisionError):
        skcnn_here("compare", "--models", "svm")


# --- Ctrl-C


class Exited(BaseException):
    """In the place of the end of the process."""


@pytest.fixture
def ending(monkeypatch):
    """Interrupt the command, and return what it does to end the process."""
    steps = []

    def interrupt(*args):
        raise KeyboardInterrupt

    def exit_(status):
        steps.append(("exit", status, signal.getsignal(signal.SIGINT)))
        raise Exited

    monkeypatch.setattr(_compare, "run", interrupt)
    monkeypatch.setattr(
        _interruption.atexit, "_run_exitfuncs", lambda: steps.append("exit functions")
    )
    monkeypatch.setattr(_interruption.os, "_exit", exit_)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # restored after the test
    handler = signal.getsignal(signal.SIGINT)
    yield steps
    signal.signal(signal.SIGINT, handler)


def test_an_interrupted_command_ends_with_130(monkeypatch, capsys, ending):
    monkeypatch.setattr(reusable_executor, "_executor", None)

    with pytest.raises(Exited):
        cli.main(["compare"])

    assert ending == ["exit functions", ("exit", 130, signal.SIG_IGN)]
    assert capsys.readouterr().err == "skcnn: interrupted\n"


def test_an_interrupted_command_kills_workers_and_lets_joblib_clean_up(monkeypatch, ending):
    begun, killed = threading.Event(), threading.Event()

    def shutdown(*, kill_workers):
        ending.append(("shutdown", kill_workers))
        killed.set()

    def work():
        begun.set()
        killed.wait()
        time.sleep(0.1)
        ending.append("work ends")

    monkeypatch.setattr(reusable_executor, "_executor", SimpleNamespace(shutdown=shutdown))
    threading.Thread(target=_interruption.interruptible, args=(work,)).start()
    begun.wait()
    with pytest.raises(Exited):
        cli.main(["compare"])

    assert ending[:3] == [("shutdown", True), "work ends", "exit functions"]


def processes_of(session):
    """Return the command lines, whole in any terminal, of a session's living processes."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "sess=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = (line.split(maxsplit=2) for line in listed.stdout.splitlines())
    return [row[2] for row in rows if row[0] == str(session) and not row[1].startswith("Z")]


class Terminal:
    """The command in a session of its own, on a terminal of its own."""

    def __init__(self, *arguments):
        import pty

        self._ours, theirs = pty.openpty()
        self._read = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "skcnn", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            # a test run in the background of a shell ignores Ctrl-C, and would hand that down
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read_all, daemon=True)
        self._reader.start()

    def _read_all(self):
        with contextlib.suppress(OSError):  # how Linux says that the other side is closed
            while part := os.read(self._ours, 65536):
                self._read.append(part)

    @property
    def text(self):
        return b"".join(self._read).decode(errors="replace")

    def wait_for(self, condition):
        end = time.monotonic() + 120
        while not condition():
            assert self.process.poll() is None, self.text
            assert time.monotonic() < end, self.text
            time.sleep(0.05)

    def press_ctrl_c(self):
        os.killpg(self.process.pid, signal.SIGINT)

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(timeout=5)
        os.close(self._ours)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    ("n_jobs", "moment"), [("1", "fitting"), ("2", "fitting"), ("2", "workers start")]
)
def test_ctrl_c_ends_the_command_and_its_workers_at_once(tmp_path, n_jobs, moment):
    terminal = Terminal(
        *("compare", "--models", "mlp", "--cv", "50", "--n-jobs", n_jobs),
        *("--output", str(tmp_path)),
    )
    try:
        if moment == "fitting":
            terminal.wait_for(lambda: re.search(r"Fitting.*[1-9]\d*/50", terminal.text))
        if n_jobs == "2":
            terminal.wait_for(lambda: "popen_loky" in str(processes_of(terminal.process.pid)))
        terminal.press_ctrl_c()
        status = terminal.process.wait(timeout=20)
        ended = time.monotonic()
        while processes_of(terminal.process.pid) and time.monotonic() < ended + 10:
            time.sleep(0.1)
        left = processes_of(terminal.process.pid)
    finally:
        terminal.close()

    assert status == 130
    assert left == []
    assert "skcnn: interrupted" in terminal.text
    assert "Traceback" not in terminal.text
    assert terminal.text.rfind("\x1b[?25h") > terminal.text.rfind("\x1b[?25l") >= 0
    assert list(tmp_path.iterdir()) == []

import multiprocessing
import os
import subprocess
import sys

import pytest

from skcnn._engine import runtime

pytestmark = pytest.mark.slow

SET_BY_TESTS = ("TF_CPP_MIN_LOG_LEVEL", "OMP_NUM_THREADS")


def run_python(code, **environment):
    environment = {
        **{name: value for name, value in os.environ.items() if name not in SET_BY_TESTS},
        **environment,
    }
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )


@pytest.fixture(scope="module")
def quiet_process():
    return run_python(
        "import os, sys\n"
        "print('before', file=sys.stderr, flush=True)\n"
        "from skcnn._engine.runtime import keras, tf\n"
        "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])\n"
        "tf.function(model)(tf.zeros((1, 4)))\n"
        "print(os.environ.get('TF_CPP_MIN_LOG_LEVEL'))\n"
        "print('after', file=sys.stderr)\n"
    )


def test_tensorflow_starts_quietly(quiet_process):
    assert quiet_process.returncode == 0
    assert quiet_process.stderr.splitlines() == ["before", "after"]


@pytest.mark.parametrize("name", ["CNNClassifier", "build_cnn", "compare_classifiers"])
def test_tensorflow_starts_quietly_whatever_is_imported_first(name):
    process = run_python(f"from skcnn import {name}")

    assert (process.returncode, process.stderr) == (0, "")


def test_the_log_level_is_left_as_it_was(quiet_process):
    assert quiet_process.stdout == "None\n"


def test_a_log_level_of_the_users_wins():
    process = run_python(
        "import skcnn._engine.runtime", TF_CPP_MIN_LOG_LEVEL="0", TF_ENABLE_ONEDNN_OPTS="1"
    )

    assert "oneDNN" in process.stderr


@pytest.mark.parametrize(
    ("level", "shown"), [("0", True), ("1", None), ("2", False), ("3", False)]
)
def test_the_level_that_the_user_has_set_stays_and_decides(level, shown):
    process = run_python(
        "import os, skcnn._engine.runtime\nprint(os.environ['TF_CPP_MIN_LOG_LEVEL'])",
        TF_CPP_MIN_LOG_LEVEL=level,
    )

    assert process.stdout == f"{level}\n"
    if shown is not None:  # at level 1 TensorFlow has errors to tell in some places only
        assert bool(process.stderr) is shown


def test_tensorflow_starts_at_a_level_that_tells_errors(tmp_path):
    (tmp_path / "keras.py").write_text("import os; print(os.environ['TF_CPP_MIN_LOG_LEVEL'])")
    process = run_python("import skcnn._engine.runtime", PYTHONPATH=f"{tmp_path}:.")

    assert process.stdout == "2\n"


NOTICES = [
    b"I0000 00:00:1795616346.951100   10708 port.cc:153] oneDNN custom operations are on.\n",
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    b"2026-11-25 14:13:08.577154: E external/local_xla/cuda_fft.cc:467] Unable to register\n",
    b"To enable the following instructions: AVX2 FMA, in other operations, rebuild\n",
]
NO_GPU = [
    b"E0000 00:00:1795616351.825201 10708 cuda_platform.cc:52] failed call to cuInit: 303\n",
    b"2026-11-25 14:13:14.816201: E cuda_platform.cc:51] failed call to cuInit: 303\n",
]


@pytest.mark.parametrize("line", NOTICES + NO_GPU)
def test_where_there_is_no_driver_a_missing_gpu_is_no_news(monkeypatch, line):
    monkeypatch.setattr(runtime, "_NVIDIA_DRIVER", "/nowhere")

    assert runtime._is_notice(line)


@pytest.mark.parametrize("line", NOTICES + NO_GPU)
def test_where_there_is_a_driver_a_gpu_that_fails_is_news(monkeypatch, line):
    monkeypatch.setattr(runtime, "_NVIDIA_DRIVER", "/")

    assert runtime._is_notice(line) == (line in NOTICES)


@pytest.mark.parametrize("line", [b"Traceback (most recent call last):\n", b"\n", b"E: no\n"])
def test_what_others_write_is_no_notice(line):
    assert not runtime._is_notice(line)


def test_other_text_on_stderr_is_passed_on():
    process = run_python(
        "import os\n"
        "from skcnn._engine import runtime\n"
        "with runtime.without_notices():\n"
        "    os.write(2, b'I0000 00:00:1.5 1 port.cc:153] oneDNN custom operations are on\\n')\n"
        "    os.write(2, b'a warning of somebody else\\n')\n"
    )

    assert process.stderr == "a warning of somebody else\n"


def test_what_was_held_back_survives_a_failing_import():
    process = run_python(
        "import os\n"
        "from skcnn._engine import runtime\n"
        "with runtime.without_notices():\n"
        "    os.write(2, b'the reason\\n')\n"
        "    raise ImportError('broken')\n"
    )

    assert process.returncode == 1
    assert process.stderr.startswith("the reason\n")
    assert "ImportError: broken" in process.stderr


def test_a_process_without_stderr_starts_too():
    process = subprocess.run(
        f"{sys.executable} -c 'import skcnn._engine.runtime; print(1)' 2>&-",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.stdout == "1\n"


def test_another_backend_is_refused():
    process = run_python(
        "import sys, types\n"
        "keras = types.ModuleType('keras')\n"
        "keras.backend = types.SimpleNamespace(backend=lambda: 'jax')\n"
        "sys.modules['keras'] = keras\n"
        "import skcnn._engine.runtime\n"
    )

    assert "ImportError: skcnn needs Keras on its TensorFlow backend" in process.stderr
    assert "'jax'" in process.stderr
    assert "KERAS_BACKEND" in process.stderr


# --- a worker's share of the cores ------------------------------------------------------------

THREADS = (
    "from skcnn._engine.runtime import tf\n"
    "def threads():\n"
    "    of = tf.config.threading\n"
    "    return of.get_intra_op_parallelism_threads(), of.get_inter_op_parallelism_threads()\n"
)


def in_worker(code, **environment):
    """Return what code prints in a child process of a fresh process, such as joblib's."""
    process = run_python(
        "import multiprocessing\n"
        f"code = {code!r}\n"
        "if __name__ == '__main__':\n"
        "    child = multiprocessing.get_context('fork').Process(target=exec, args=(code, {}))\n"
        "    child.start()\n"
        "    child.join()\n",
        **environment,
    )
    assert "Error" not in process.stderr
    return process.stdout.strip()


def test_a_worker_takes_its_share_of_the_cores():
    assert in_worker(THREADS + "print(threads())", OMP_NUM_THREADS="3") == "(3, 3)"


def test_what_the_user_has_set_wins():
    own = "import tensorflow\ntensorflow.config.threading.set_intra_op_parallelism_threads(4)\n"

    assert in_worker(own + THREADS + "print(threads())", OMP_NUM_THREADS="1") == "(4, 1)"
    assert (
        in_worker(THREADS + "print(threads())", OMP_NUM_THREADS="1", TF_NUM_INTRAOP_THREADS="2")
        == "(0, 1)"
    )


def test_a_tensorflow_that_has_started_keeps_its_threads():
    started = "import tensorflow\ntensorflow.zeros(1)\n"

    assert in_worker(started + THREADS + "print(threads())", OMP_NUM_THREADS="1") == "(0, 0)"


@pytest.mark.parametrize(("share", "calls"), [("", []), ("all", []), ("0", []), ("2", [2, 2])])
def test_no_share_or_a_strange_one_changes_nothing(monkeypatch, share, calls):
    set_to = []
    monkeypatch.setenv("OMP_NUM_THREADS", share)
    monkeypatch.setattr(multiprocessing, "parent_process", object)
    for kind in ("intra", "inter"):
        setter = f"set_{kind}_op_parallelism_threads"
        monkeypatch.setattr(runtime.tf.config.threading, setter, set_to.append)
    runtime._take_share_of_cores()

    assert set_to == calls


def test_the_main_process_has_all_cores():
    assert run_python(THREADS + "print(threads())", OMP_NUM_THREADS="1").stdout == "(0, 0)\n"


def test_workers_of_joblib_share_the_cores():
    process = run_python(
        "from joblib import Parallel, delayed, cpu_count\n"
        f"code = {THREADS!r}\n"
        "def work():\n"
        "    names = {}\n"
        "    exec(code, names)\n"
        "    return names['threads']()\n"
        "share = max(cpu_count() // 2, 1)\n"
        "print(set(Parallel(n_jobs=2)(delayed(work)() for _ in range(2))) == {(share, share)})\n"
    )

    assert process.stdout == "True\n", process.stderr


def test_tensorflow_starts_with_one_full_collection_of_garbage():
    result = run_python(
        "import gc\n"
        "before = gc.get_stats()[2]['collections']\n"
        "from skcnn._engine.runtime import keras, tf\n"
        "print(gc.get_stats()[2]['collections'] - before, gc.isenabled())\n"
        "gc.disable()\n"
        "del keras, tf\n"
        "import importlib, skcnn._engine.runtime as runtime\n"
        "importlib.reload(runtime)\n"
        "print(gc.isenabled())\n"
    )

    assert result.stdout.split() == ["1", "True", "False"], result.stderr

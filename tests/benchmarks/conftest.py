import pytest

CONTESTANTS = """
import os
import signal


def quick():
    print("text that a package prints")
    return {"seconds": 2.0, "steps": 75}


def slow():
    return {"seconds": 8.0, "steps": 75}


def process():
    return {"seconds": float(os.getpid())}


def missing_package():
    import a_package_that_is_not_there


def silent():
    return {"minutes": 1.0}


def not_a_number():
    return {"seconds": float("nan")}


def killed():
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def contestants(tmp_path_factory):
    """Import a module of contestants that other processes can import too."""
    folder = tmp_path_factory.mktemp("contestants")
    (folder / "fake_contestants.py").write_text(CONTESTANTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", str(folder))
        import fake_contestants

        yield fake_contestants

import hashlib
import socket
import threading
from dataclasses import replace

import pytest

from skcnn.datasets import _mnist
from tests.datasets.pretended import CLOTHES, DIGITS, Mirrors, idx


@pytest.fixture(autouse=True)
def only_this_computer(monkeypatch, tmp_path):
    def resolve(host, *args, **kwargs):
        assert host == "127.0.0.1", f"a test asked for {host}"
        return getaddrinfo(host, *args, **kwargs)

    getaddrinfo = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "user"))
    monkeypatch.delenv("SKCNN_DATA_HOME", raising=False)
    monkeypatch.delenv("SCIKIT_LEARN_DATA", raising=False)


@pytest.fixture
def mirrors():
    with Mirrors() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def tiny(monkeypatch, mirrors):
    """Replace MNIST and Fashion-MNIST by a few random images, served by local mirrors."""
    for name, arrays in {"MNIST": DIGITS, "FASHION_MNIST": CLOTHES}.items():
        sha256 = {part: hashlib.sha256(idx(array)).hexdigest() for part, array in arrays.items()}
        dataset = replace(getattr(_mnist, name), sha256=sha256, mirrors=mirrors.urls)
        monkeypatch.setattr(_mnist, name, dataset)


@pytest.fixture
def home(tmp_path, tiny):
    return tmp_path / "home"

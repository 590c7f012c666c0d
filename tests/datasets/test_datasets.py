"""What skcnn.datasets promises."""

from __future__ import annotations

import errno
import gzip
import hashlib
import http.server
import os
import re
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import get_data_home, load_digits

from skcnn import datasets
from skcnn.datasets import fetch_fashion_mnist, fetch_mnist, load_digit_images

PARTS = ("X_train", "y_train", "X_test", "y_test")
NAMES = {
    "X_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "X_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
REAL_HOME = Path(os.environ.get("SKCNN_DATA_HOME") or "no data home")
DEBIAN_HOME = Path("/usr/share/datasets")


def tiny_arrays(seed):
    rng = np.random.default_rng(seed)
    return {
        "X_train": rng.integers(0, 256, (6, 28, 28), dtype=np.uint8),
        "y_train": rng.integers(0, 10, 6, dtype=np.uint8),
        "X_test": rng.integers(0, 256, (3, 28, 28), dtype=np.uint8),
        "y_test": rng.integers(0, 10, 3, dtype=np.uint8),
    }


DIGITS = tiny_arrays(seed=0)
CLOTHES = tiny_arrays(seed=1)


def idx(array):
    dims = b"".join(struct.pack(">I", size) for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + dims + array.tobytes()


def write_idx(folder, arrays, *, parts=PARTS, suffix="", dotted=False):
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts:
        name = NAMES[part].replace("-idx", ".idx") if dotted else NAMES[part]
        content = idx(arrays[part])
        (folder / (name + suffix)).write_bytes(gzip.compress(content) if suffix else content)


def write_npz(path, arrays):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{part.lower(): array for part, array in arrays.items()})


def assert_holds(bunch, arrays):
    for part, expected in arrays.items():
        np.testing.assert_array_equal(bunch[part], expected, strict=True)


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


class Mirrors(http.server.ThreadingHTTPServer):
    """Two mirrors on this computer, `/first/` and `/second/`, which note every request."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), MirrorHandler)
        self.requests = []
        self.bodies = {}
        self.cut_short = False
        self.before_reply = lambda: None
        self.urls = tuple(f"http://127.0.0.1:{self.server_port}/{m}/" for m in ("first", "second"))

    def serve(self, mirror, arrays):
        for part, array in arrays.items():
            self.bodies[f"/{mirror}/{NAMES[part]}.gz"] = gzip.compress(idx(array))

    def handle_error(self, request, client_address):
        """Keep quiet about clients that hang up."""


class MirrorHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        self.server.before_reply()
        body = self.server.bodies.get(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.server.cut_short else body)

    def log_message(self, *args):
        pass


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
    for name, arrays in {"_MNIST": DIGITS, "_FASHION_MNIST": CLOTHES}.items():
        sha256 = {part: hashlib.sha256(idx(array)).hexdigest() for part, array in arrays.items()}
        dataset = replace(getattr(datasets, name), sha256=sha256, mirrors=mirrors.urls)
        monkeypatch.setattr(datasets, name, dataset)


@pytest.fixture
def home(tmp_path, tiny):
    return tmp_path / "home"


# Digits


def test_digits_are_grey_images_of_bytes():
    digits = load_digit_images()
    assert digits.images.shape == (1797, 8, 8)
    assert digits.images.dtype == np.uint8
    assert (digits.images.min(), digits.images.max()) == (0, 255)


def test_digits_grey_levels_are_rescaled_and_rounded():
    expected = [0, 16, 32, 48, 64, 80, 96, 112, 128, 143, 159, 175, 191, 207, 223, 239, 255]
    original = load_digits().images.astype(int)
    np.testing.assert_array_equal(load_digit_images().images, np.array(expected)[original])


def test_digits_data_is_a_flat_view_of_the_images():
    digits = load_digit_images()
    assert digits.data.shape == (1797, 64)
    digits.images[3, 1, 2] = 77
    assert digits.data[3, 10] == 77


def test_digits_target_and_its_names():
    digits = load_digit_images()
    np.testing.assert_array_equal(digits.target, load_digits().target, strict=True)
    assert digits.target_names == list("0123456789")
    assert "Alpaydin" in digits.DESCR
    assert "0 to 255" in digits.DESCR


def test_digits_as_a_pair_of_images_and_target():
    images, target = load_digit_images(return_X_y=True)
    digits = load_digit_images()
    np.testing.assert_array_equal(images, digits.images, strict=True)
    np.testing.assert_array_equal(target, digits.target, strict=True)


# Reading what is there


@pytest.mark.parametrize("folder", ["", "mnist"], ids=["itself", "sub-folder"])
@pytest.mark.parametrize("dotted", [False, True], ids=["hyphen", "dot"])
@pytest.mark.parametrize("suffix", ["", ".gz"], ids=["plain", "gzip"])
def test_reads_idx_files(home, mirrors, folder, dotted, suffix):
    write_idx(home / folder, DIGITS, suffix=suffix, dotted=dotted)
    assert_holds(fetch_mnist(data_home=home), DIGITS)
    assert mirrors.requests == []


@pytest.mark.parametrize("folder", ["", "mnist"], ids=["itself", "sub-folder"])
def test_reads_keras_archive(home, mirrors, folder):
    write_npz(home / folder / "mnist.npz", DIGITS)
    assert_holds(fetch_mnist(data_home=home), DIGITS)
    assert mirrors.requests == []


def test_reads_fashion_mnist_archive(home):
    write_npz(home / "fashion-mnist.npz", CLOTHES)
    assert_holds(fetch_fashion_mnist(data_home=home, download_if_missing=False), CLOTHES)


def test_archive_completes_idx_files(home):
    write_idx(home, DIGITS, parts=["X_train", "y_train"])
    write_npz(home / "mnist.npz", DIGITS)
    assert_holds(fetch_mnist(data_home=home, download_if_missing=False), DIGITS)


def test_each_data_set_has_its_sub_folder(home):
    write_idx(home / "mnist", DIGITS)
    write_idx(home / "fashion-mnist", CLOTHES)
    assert_holds(fetch_mnist(data_home=home, download_if_missing=False), DIGITS)
    assert_holds(fetch_fashion_mnist(data_home=home, download_if_missing=False), CLOTHES)


def test_sub_folder_is_searched_before_the_folder_itself(home):
    write_idx(home, DIGITS)
    write_idx(home / "fashion-mnist", CLOTHES)
    assert_holds(fetch_fashion_mnist(data_home=home, download_if_missing=False), CLOTHES)


def test_bunch_names_the_classes_and_describes_itself(home):
    write_idx(home / "mnist", DIGITS)
    write_idx(home / "fashion-mnist", CLOTHES)
    mnist = fetch_mnist(data_home=home)
    assert list(mnist) == [*PARTS, "target_names", "DESCR"]
    assert mnist.target_names == list("0123456789")
    assert "LeCun" in mnist.DESCR
    fashion = fetch_fashion_mnist(data_home=home)
    assert fashion.target_names[0] == "T-shirt/top"
    assert fashion.target_names[9] == "Ankle boot"
    assert len(fashion.target_names) == 10
    assert "Xiao" in fashion.DESCR


def test_arrays_can_be_written_to_without_harm_to_the_next_call(home):
    write_idx(home, DIGITS)
    mnist = fetch_mnist(data_home=home)
    for part in PARTS:
        mnist[part][:] = 0
    mnist.target_names.clear()
    again = fetch_mnist(data_home=home)
    assert_holds(again, DIGITS)
    assert len(again.target_names) == 10


# The data home


def test_data_home_goes_before_the_environment_variable(home, monkeypatch, tmp_path):
    write_idx(home, DIGITS)
    monkeypatch.setenv("SKCNN_DATA_HOME", str(tmp_path / "empty"))
    assert_holds(fetch_mnist(data_home=str(home), download_if_missing=False), DIGITS)
    monkeypatch.setenv("SKCNN_DATA_HOME", str(home))
    with pytest.raises(FileNotFoundError, match="empty"):
        fetch_mnist(data_home=tmp_path / "empty", download_if_missing=False)


def test_environment_variable_goes_before_sklearn_data_home(home, monkeypatch, tmp_path):
    write_idx(home, DIGITS)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "empty"))
    monkeypatch.setenv("SKCNN_DATA_HOME", str(home))
    assert_holds(fetch_mnist(download_if_missing=False), DIGITS)


@pytest.mark.parametrize("variable", [None, "elsewhere"])
def test_sklearn_data_home_is_the_default(home, monkeypatch, tmp_path, variable):
    if variable:
        monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / variable))
    write_idx(Path(get_data_home()) / "mnist", DIGITS)
    assert_holds(fetch_mnist(download_if_missing=False), DIGITS)


@pytest.mark.parametrize("how", ["argument", "variable"])
def test_tilde_is_the_users_folder(home, monkeypatch, tmp_path, how):
    write_idx(tmp_path / "user" / "pictures", DIGITS)
    monkeypatch.setenv("SKCNN_DATA_HOME", "~/pictures" if how == "variable" else "")
    data_home = "~/pictures" if how == "argument" else None
    assert_holds(fetch_mnist(data_home=data_home, download_if_missing=False), DIGITS)


@pytest.mark.parametrize("download_if_missing", [False, True])
def test_data_home_must_not_be_a_file(home, mirrors, download_if_missing):
    home.write_text("not a folder")
    with pytest.raises(NotADirectoryError, match=f"to be a folder, received a file: {home}"):
        fetch_mnist(data_home=home, download_if_missing=download_if_missing)
    assert mirrors.requests == []


# Files that are missing


def test_missing_data_set_says_where_it_was_looked_for_and_what_to_do(home, mirrors):
    with pytest.raises(FileNotFoundError) as caught:
        fetch_fashion_mnist(data_home=home, download_if_missing=False)
    message = str(caught.value)
    for words in (
        "Fashion-MNIST is not complete",
        *NAMES.values(),
        f"in {home / 'fashion-mnist'} or {home}.",
        "download_if_missing=True",
        "fashion-mnist.npz",
        "data_home",
        "SKCNN_DATA_HOME",
    ):
        assert words in message
    assert mirrors.requests == []


def test_missing_files_are_listed_without_those_present(home):
    write_idx(home, DIGITS, parts=["X_train", "y_test"], suffix=".gz")
    expected = f"found no {NAMES['y_train']}, {NAMES['X_test']} in "
    with pytest.raises(FileNotFoundError, match=expected):
        fetch_mnist(data_home=home, download_if_missing=False)


def test_looking_creates_no_folder(tmp_path, tiny):
    with pytest.raises(FileNotFoundError):
        fetch_mnist(download_if_missing=False)
    with pytest.raises(FileNotFoundError):
        fetch_mnist(data_home=tmp_path / "home", download_if_missing=False)
    assert files_in(tmp_path) == []


# Files that are damaged


def with_byte(raw, position, value):
    return raw[:position] + bytes([value]) + raw[position + 1 :]


IMAGES = idx(DIGITS["X_train"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "begins with 00000803, received nothing", id="empty"),
        pytest.param(b"<html>", "begins with 00000803, received 3c68746d", id="not IDX"),
        pytest.param(with_byte(IMAGES, 0, 1), "received 01000803", id="magic number"),
        pytest.param(with_byte(IMAGES, 2, 0x0D), "received 00000d03", id="floats"),
        pytest.param(with_byte(IMAGES, 3, 1), "in 3 dim.*received 00000801", id="dimensions"),
        pytest.param(IMAGES[:10], "expected a header of 16 bytes, received 10", id="header cut"),
        pytest.param(IMAGES[:99], r"expected 4720 bytes .*\(6, 28, 28\), received 99", id="cut"),
        pytest.param(IMAGES + b"\0", "expected 4720 bytes .* received 4721", id="too long"),
        pytest.param(with_byte(IMAGES, 99, IMAGES[99] ^ 1), "not MNIST's file", id="other pixels"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".gz"], ids=["plain", "gzip"])
def test_damaged_idx_file_is_named_with_the_reason_and_what_to_do(home, content, reason, suffix):
    write_idx(home, DIGITS, suffix=suffix)
    path = home / (NAMES["X_train"] + suffix)
    path.write_bytes(gzip.compress(content) if suffix else content)
    with pytest.raises(ValueError, match=reason) as caught:
        fetch_mnist(data_home=home)
    assert str(caught.value).startswith(f"Cannot use {path}: ")
    assert "Delete the file and fetch again" in str(caught.value)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(lambda raw: b"", "received nothing", id="empty"),
        pytest.param(lambda raw: raw[: len(raw) // 2], "ended before the end", id="cut"),
        pytest.param(lambda raw: IMAGES, "Not a gzipped file", id="not gzip"),
        pytest.param(lambda raw: with_byte(raw, 10, 0xFF), "while decompressing", id="stream"),
        pytest.param(lambda raw: raw[:-8] + bytes(8), "CRC check failed", id="checksum"),
    ],
)
def test_damaged_gzip_file_is_named_with_the_reason(home, damage, reason):
    write_idx(home, DIGITS, suffix=".gz")
    path = home / f"{NAMES['X_train']}.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=f"Cannot use {path}: .*{reason}.*Delete the file"):
        fetch_mnist(data_home=home)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"X_train": DIGITS["X_train"]}, "no item named 'y_train.npy'"),
        (DIGITS | {"y_train": DIGITS["y_train"].astype(float)}, "uint8, received float64"),
        (DIGITS | {"X_train": DIGITS["X_train"].reshape(6, 784)}, "received 00000802"),
        (DIGITS | {"y_test": CLOTHES["y_test"]}, f"not MNIST's file {NAMES['y_test']}"),
    ],
    ids=["array missing", "dtype", "shape", "content"],
)
def test_wrong_archive_is_named_with_the_reason(home, arrays, reason):
    write_npz(home / "mnist.npz", arrays)
    with pytest.raises(ValueError, match=f"Cannot use {home / 'mnist.npz'}: .*{reason}"):
        fetch_mnist(data_home=home)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(lambda raw: b"", "not a zip file", id="empty"),
        pytest.param(lambda raw: raw[:2000], "not a zip file", id="cut"),
        pytest.param(lambda raw: with_byte(raw, 300, raw[300] ^ 1), "Bad CRC-32", id="one bit"),
        pytest.param(
            lambda raw: with_byte(raw, raw.index(b"PK\1\2") + 8, 1), "is encrypted", id="flags"
        ),
    ],
)
def test_damaged_archive_is_named_with_the_reason(home, damage, reason):
    path = home / "mnist.npz"
    write_npz(path, DIGITS)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=f"Cannot use {path}: .*{reason}"):
        fetch_mnist(data_home=home)


class MakesFolderWhenUnpickled:
    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def test_archive_is_never_unpickled(home, tmp_path):
    objects = np.array([MakesFolderWhenUnpickled(tmp_path / "unpickled")], dtype=object)
    write_npz(home / "mnist.npz", DIGITS | {"X_train": objects})
    with pytest.raises(ValueError, match="Object arrays cannot be loaded"):
        fetch_mnist(data_home=home)
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize("write", ["idx", "npz"])
def test_mnist_is_not_taken_for_fashion_mnist(home, mirrors, write):
    if write == "idx":
        write_idx(home, DIGITS, suffix=".gz")
    else:
        write_npz(home / "fashion-mnist.npz", DIGITS)
    with pytest.raises(ValueError, match="this is not Fashion-MNIST's file") as caught:
        fetch_fashion_mnist(data_home=home)
    assert "belongs to another data set, keep it and point data_home" in str(caught.value)
    assert datasets._FASHION_MNIST.sha256["X_train"] in str(caught.value)
    assert datasets._MNIST.sha256["X_train"] in str(caught.value)
    assert mirrors.requests == []


# Downloads


def test_downloads_once_and_then_reads(home, mirrors):
    mirrors.serve("first", CLOTHES)
    assert_holds(fetch_fashion_mnist(data_home=home), CLOTHES)
    assert mirrors.requests == [f"/first/{NAMES[part]}.gz" for part in PARTS]
    assert files_in(home / "fashion-mnist") == sorted(f"{name}.gz" for name in NAMES.values())
    assert_holds(fetch_fashion_mnist(data_home=home), CLOTHES)
    assert len(mirrors.requests) == 4


def test_downloads_only_what_is_missing(home, mirrors):
    mirrors.serve("first", DIGITS)
    write_idx(home, DIGITS, parts=["X_train", "y_train", "y_test"])
    mnist = fetch_mnist(data_home=home)
    assert_holds(mnist, DIGITS)
    assert list(mnist)[:4] == list(PARTS)
    assert mirrors.requests == [f"/first/{NAMES['X_test']}.gz"]


def test_nothing_is_downloaded_beside_a_damaged_file(home, mirrors):
    mirrors.serve("first", DIGITS)
    write_idx(home, CLOTHES, parts=["y_test"])
    with pytest.raises(ValueError, match="not MNIST's file"):
        fetch_mnist(data_home=home)
    assert mirrors.requests == []


def test_downloaded_files_have_the_permissions_of_new_files(home, mirrors, tmp_path):
    mirrors.serve("first", DIGITS)
    fetch_mnist(data_home=home)
    (tmp_path / "new").touch()
    downloaded = home / "mnist" / f"{NAMES['X_train']}.gz"
    assert downloaded.stat().st_mode == (tmp_path / "new").stat().st_mode


def wrong_content(mirrors):
    mirrors.serve("first", CLOTHES)


def not_gzip(mirrors):
    for part, array in DIGITS.items():
        mirrors.bodies[f"/first/{NAMES[part]}.gz"] = idx(array)


def truncated_gzip(mirrors):
    for part, array in DIGITS.items():
        mirrors.bodies[f"/first/{NAMES[part]}.gz"] = gzip.compress(idx(array))[:-9]


def not_found(mirrors):
    pass


FAILURES = {
    wrong_content: "this is not MNIST's file",
    not_gzip: "Not a gzipped file",
    truncated_gzip: "ended before the end-of-stream",
    not_found: "HTTP Error 404",
}


@pytest.mark.parametrize("failure", FAILURES)
def test_second_mirror_helps_when_the_first_fails(home, mirrors, failure):
    failure(mirrors)
    mirrors.serve("second", DIGITS)
    assert_holds(fetch_mnist(data_home=home), DIGITS)
    assert_holds(fetch_mnist(data_home=home, download_if_missing=False), DIGITS)
    assert mirrors.requests[:2] == [f"/{m}/{NAMES['X_train']}.gz" for m in ("first", "second")]


@pytest.mark.parametrize(("failure", "reason"), FAILURES.items())
def test_failed_download_names_addresses_and_reasons(home, mirrors, failure, reason):
    failure(mirrors)
    with pytest.raises(OSError, match="MNIST could not be downloaded") as caught:
        fetch_mnist(data_home=home)
    message = str(caught.value)
    first, second = (f"{url}{NAMES['X_train']}.gz" for url in mirrors.urls)
    assert re.search(rf"Tried {first} \(.*{reason}.*\) and {second} \(HTTP Error 404", message)
    assert not home.exists()


def test_without_network_the_error_says_how_to_place_the_files(home, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        dataset = replace(datasets._MNIST, mirrors=(url,))
        monkeypatch.setattr(datasets, "_MNIST", dataset)
        with pytest.raises(OSError, match="Connection refused") as caught:
            fetch_mnist(data_home=home)
    for words in (url, *NAMES.values(), f"into {home / 'mnist'} by hand", "SKCNN_DATA_HOME"):
        assert words in str(caught.value)
    assert not home.exists()


def test_connection_that_breaks_off_leaves_nothing(home, mirrors):
    mirrors.serve("first", DIGITS)
    mirrors.serve("second", DIGITS)
    mirrors.cut_short = True
    with pytest.raises(OSError, match=r"IncompleteRead.*IncompleteRead"):
        fetch_mnist(data_home=home)
    assert not home.exists()


def test_mirror_that_does_not_answer_is_given_up(home, mirrors, monkeypatch):
    monkeypatch.setattr(datasets, "_TIMEOUT_SECONDS", 0.1)
    answer = threading.Event()
    mirrors.before_reply = lambda: answer.wait(10)
    try:
        with pytest.raises(OSError, match=r"timed out.*timed out"):
            fetch_mnist(data_home=home)
        assert len(mirrors.requests) == 2
    finally:
        answer.set()


def test_interrupted_download_leaves_nothing_and_can_be_repeated(home, mirrors, monkeypatch):
    def interrupt(path, target):
        assert path.stat().st_size > 0
        raise KeyboardInterrupt

    mirrors.serve("first", DIGITS)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            fetch_mnist(data_home=home)
    assert files_in(home) == ["mnist"]
    assert_holds(fetch_mnist(data_home=home), DIGITS)


def test_full_disk_is_reported_and_leaves_nothing(home, mirrors, monkeypatch):
    def write_some(path, content):
        with path.open("wb") as file:
            file.write(content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    mirrors.serve("first", DIGITS)
    monkeypatch.setattr(Path, "write_bytes", write_some)
    with pytest.raises(OSError, match=r"Cannot write .*No space left.*SKCNN_DATA_HOME"):
        fetch_mnist(data_home=home)
    assert files_in(home) == ["mnist"]


def test_data_home_that_cannot_be_written_to_is_named(home, mirrors):
    mirrors.serve("first", DIGITS)
    home.mkdir()
    (home / "mnist").write_text("a file where the folder should be")
    with pytest.raises(OSError, match=f"Cannot write {home / 'mnist'}.*can be written to"):
        fetch_mnist(data_home=home)


def test_simultaneous_downloads_all_succeed(home, mirrors):
    n_downloads = 4
    mirrors.serve("first", DIGITS)
    mirrors.before_reply = threading.Barrier(n_downloads, timeout=10).wait
    with ThreadPoolExecutor(n_downloads) as pool:
        downloads = [pool.submit(fetch_mnist, data_home=home) for _ in range(n_downloads)]
    for download in downloads:
        assert_holds(download.result(), DIGITS)
    assert len(mirrors.requests) == 4 * n_downloads
    assert files_in(home / "mnist") == sorted(f"{name}.gz" for name in NAMES.values())


# The data sets themselves


def assert_is_like_mnist(bunch, class_counts):
    assert bunch.X_train.shape == (60000, 28, 28)
    assert bunch.X_test.shape == (10000, 28, 28)
    assert {bunch[part].dtype for part in PARTS} == {np.dtype(np.uint8)}
    np.testing.assert_array_equal(np.bincount(bunch.y_train), class_counts)
    assert bunch.y_test.shape == (10000,)


@pytest.mark.skipif(
    not (REAL_HOME / "mnist").is_dir(),
    reason="SKCNN_DATA_HOME does not point to a folder with MNIST",
)
def test_real_mnist(monkeypatch):
    monkeypatch.setenv("SKCNN_DATA_HOME", str(REAL_HOME))
    mnist = fetch_mnist(download_if_missing=False)
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert_is_like_mnist(mnist, counts)
    assert mnist.y_train[:5].tolist() == [5, 0, 4, 1, 9]
    with pytest.raises(ValueError, match="this is not Fashion-MNIST's file"):
        fetch_fashion_mnist(data_home=REAL_HOME / "mnist", download_if_missing=False)


@pytest.mark.skipif(
    not any((home / "fashion-mnist").is_dir() for home in (REAL_HOME, DEBIAN_HOME)),
    reason="Fashion-MNIST is neither in SKCNN_DATA_HOME nor installed as a Debian package",
)
def test_real_fashion_mnist():
    home = REAL_HOME if (REAL_HOME / "fashion-mnist").is_dir() else DEBIAN_HOME
    fashion = fetch_fashion_mnist(data_home=home / "fashion-mnist", download_if_missing=False)
    assert_is_like_mnist(fashion, [6000] * 10)
    assert fashion.target_names[fashion.y_train[0]] == "Ankle boot"


def test_addresses_are_those_of_public_mirrors():
    for dataset in (datasets._MNIST, datasets._FASHION_MNIST):
        assert len(dataset.mirrors) == 2
        assert all(re.fullmatch(r"https?://[a-z0-9./-]+/", url) for url in dataset.mirrors)
        assert all(re.fullmatch("[0-9a-f]{64}", dataset.sha256[part]) for part in PARTS)

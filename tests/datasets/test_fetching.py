"""Files of a data set: where they are looked for, and how they are downloaded."""

from __future__ import annotations

import errno
import gzip
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.datasets import get_data_home

from skcnn.datasets import _fetching, _mnist, fetch_fashion_mnist, fetch_mnist
from tests.datasets.pretended import (
    CLOTHES,
    DIGITS,
    NAMES,
    PARTS,
    assert_holds,
    files_in,
    idx,
    write_idx,
    write_npz,
)

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
        dataset = replace(_mnist.MNIST, mirrors=(url,))
        monkeypatch.setattr(_mnist, "MNIST", dataset)
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
    monkeypatch.setattr(_fetching, "_TIMEOUT_SECONDS", 0.1)
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

"""Each picture is decoded once, by whoever asks first; and the folder in which its pixels are."""

import gc
import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from joblib import Parallel, delayed, parallel_config
from numpy.testing import assert_array_equal
from PIL import Image

from skcnn import ImageLoader, _picture_cache, _picture_index
from skcnn._cached_images import CachedImages
from skcnn.preprocessing import _loading, _temporary_folder
from tests.preprocessing.pictures import NotingLoader, write_pictures


@pytest.fixture
def cache_dir(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def load(cache_dir):
    """Return a function that loads pictures by way of a folder of their own."""

    def load(paths, **parameters):
        return ImageLoader((6, 5), cache_dir=cache_dir, **parameters).fit_transform(paths)

    return load


@pytest.fixture
def on_disk(monkeypatch):
    monkeypatch.setattr(_loading, "_IN_MEMORY_BYTES", 100)


@pytest.fixture
def decoded(monkeypatch):
    """Return a list of what is decoded in this process."""
    sources = []
    decode = _picture_cache.formed_picture

    def note(source, form):
        sources.append(source)
        return decode(source, form)

    monkeypatch.setattr(_picture_cache, "formed_picture", note)
    return sources


def files_in(folder):
    return {path.name for path in folder.rglob("*") if path.is_file()}


def rows_in(folder):
    (index,) = folder.rglob("index.sqlite3")
    connection = sqlite3.connect(index)
    try:
        return connection.execute("SELECT record, done FROM pictures ORDER BY record").fetchall()
    finally:
        connection.close()


# --- once


def test_a_file_is_decoded_once(load, decoded, paths, pixels):
    for some in (slice(0, 3), slice(2, 8), slice(None), [7, 0, 7]):
        assert_array_equal(load(list(np.array(paths)[some])), pixels[some])

    assert sorted(decoded) == paths


def test_a_file_is_decoded_once_where_the_folder_is_temporary(decoded, paths, pixels):
    for _ in range(3):
        assert_array_equal(ImageLoader((6, 5)).fit_transform(paths), pixels)

    assert sorted(decoded) == paths


@pytest.mark.parametrize("read", [lambda path: Path(path).read_bytes(), Image.open])
def test_bytes_and_images_of_the_same_content_are_decoded_once(load, decoded, paths, pixels, read):
    for _ in range(2):
        assert_array_equal(load([read(path) for path in paths]), pixels)

    assert len(decoded) == 8


def test_another_treatment_is_decoded_again(load, decoded, paths):
    load(paths)
    load(paths, color="grey")
    load(paths, fit="pad")

    assert len(decoded) == 24


def test_a_file_that_has_changed_is_decoded_again(load, decoded, paths, pixels):
    load(paths)
    Image.fromarray(pixels[0]).save(paths[1])
    os.utime(paths[1], ns=(1, 1))

    assert_array_equal(load(paths)[1], pixels[0])
    assert decoded[8:] == [paths[1]]


def test_threads_decode_in_the_order_that_was_asked_for(load, tmp_path, monkeypatch):
    monkeypatch.setattr(_picture_cache, "_TASK_PICTURES", 3)
    paths, pixels = write_pictures(tmp_path / "many", 200)

    assert_array_equal(load(paths, n_jobs=4), pixels)


def test_the_number_of_threads_is_joblibs(load, monkeypatch, paths):
    threads = set()
    decode = _picture_cache.formed_picture

    def note(source, form):
        threads.add(threading.get_ident())
        time.sleep(0.01)
        return decode(source, form)

    monkeypatch.setattr(_picture_cache, "formed_picture", note)
    monkeypatch.setattr(_picture_cache, "_TASK_PICTURES", 1)
    load(paths[:4])
    assert threads == {threading.get_ident()}
    with parallel_config("threading", n_jobs=3):
        load(paths)
    assert len(threads - {threading.get_ident()}) == 3


def test_a_folder_without_the_right_to_write_is_enough_to_read(load, cache_dir, paths, pixels):
    load(paths)
    (index,) = cache_dir.rglob("index.sqlite3")
    before = (index.read_bytes(), index.stat().st_mtime_ns)

    assert_array_equal(load(paths), pixels)
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before


# --- side by side


@pytest.mark.slow
@pytest.mark.parametrize("where", ["a folder", "nowhere"])
def test_processes_side_by_side_share_the_work(tmp_path, cache_dir, where):
    paths, pixels = write_pictures(tmp_path / "many", 150)
    log = tmp_path / "log"
    loader = NotingLoader((6, 5), log, cache_dir if where == "a folder" else None)

    given = Parallel(n_jobs=2)(delayed(loader.fit_transform)(paths) for _ in range(4))
    assert sorted(log.read_text().split()) == paths
    for images in given:
        assert_array_equal(images, pixels)
    loader.fit_transform(paths)
    assert len(log.read_text().split()) == 150  # the main process finds what its workers did


def test_threads_of_a_search_share_the_work(tmp_path, decoded):
    paths, pixels = write_pictures(tmp_path / "many", 150)
    loader = ImageLoader((6, 5))

    given = Parallel(4, "threading")(delayed(loader.fit_transform)(paths) for _ in range(8))
    assert sorted(decoded) == paths
    for images in given:
        assert_array_equal(images, pixels)


def test_nobody_waits_for_a_picture_that_cannot_be_read(cache_dir, load, paths):
    load(paths[:1])
    (folder,) = cache_dir.iterdir()
    Path(paths[4]).write_bytes(b"<html>")
    sources = {_loading.key_of(path): path for path in paths}
    form = _picture_cache.PictureForm.of((6, 5), "rgb", "resize")
    with _picture_index.PictureIndex(folder, 90, lasts=True) as index:
        work = _picture_cache._Work(index, sources, form, True, n_jobs=1)
        assert len(work.do_some(list(sources))) == 7
        assert [done for _, done in rows_in(cache_dir)] == [1] * 7
    assert list(work.failures) == [list(sources)[4]]


@pytest.mark.slow
@pytest.mark.parametrize("read", [lambda path: path, lambda path: Path(path).read_bytes()])
def test_processes_help_where_many_pictures_are_small(
    load, cache_dir, monkeypatch, tmp_path, read
):
    paths, pixels = write_pictures(tmp_path / "many", 300)
    monkeypatch.setattr(_picture_cache, "_FIRST_CLAIM", 8)
    monkeypatch.setattr(_picture_cache, "_CLAIM_SECONDS", 0)
    monkeypatch.setattr(_picture_cache, "_LONG_SECONDS", 0)
    monkeypatch.setattr(_picture_cache, "_SMALL_SECONDS", 10)
    decode = _picture_cache.formed_picture
    decoded = []

    def decode_slowly(source, form):
        decoded.append(source)
        patience = time.monotonic() + 20
        while len(decoded) > 8 and len(owners_in(cache_dir)) < 2 and time.monotonic() < patience:
            time.sleep(0.02)
        return decode(source, form)

    monkeypatch.setattr(_picture_cache, "formed_picture", decode_slowly)
    assert_array_equal(load([read(path) for path in paths], n_jobs=2), pixels)
    assert len(owners_in(cache_dir)) == 2
    assert len(decoded) < 300


def owners_in(folder):
    (index,) = folder.rglob("index.sqlite3")
    connection = sqlite3.connect(index)
    try:
        return set(connection.execute("SELECT owner FROM pictures").fetchall())
    finally:
        connection.close()


def test_a_helper_leaves_what_others_are_at_work_on(cache_dir, load, paths):
    load(paths[:1])
    (folder,) = cache_dir.iterdir()
    sources = {_loading.key_of(path): path for path in paths}
    form = _picture_cache.PictureForm.of((6, 5), "rgb", "resize")
    with _picture_index.PictureIndex(folder, 90, lasts=True) as other:
        other.claim(list(sources), 3)
        _picture_cache.help_to_decode(sources, form, cache_dir, True)

        assert [done for _, done in rows_in(cache_dir)] == [1, 0, 0, 0, 1, 1, 1, 1]


def test_what_another_process_is_at_work_on_is_waited_for(load, cache_dir, decoded, paths, pixels):
    load(paths[:1])
    (folder,) = cache_dir.iterdir()
    keys = [_loading.key_of(path) for path in paths[1:]]
    with _picture_index.PictureIndex(folder, 90, lasts=True) as other:
        claims, _ = other.claim(keys, 2)
        images = []
        waiting = threading.Thread(target=lambda: images.append(load(paths)))
        waiting.start()
        time.sleep(0.3)
        assert waiting.is_alive()
        assert sorted(decoded) == [paths[0], *paths[3:]]
        record_of = {key: record for record, key in claims}
        with open(other.data, "r+b") as file:
            for key, image in zip(keys[:2], pixels[1:3], strict=True):
                file.seek(32 + (record_of[key] - 1) * 90)
                file.write(image.tobytes())
        other.finish(claims)
        waiting.join(10)

    assert_array_equal(images[0], pixels)


def test_what_another_process_gives_up_is_done_by_who_waits(load, cache_dir, paths, pixels):
    load(paths[:1])
    (folder,) = cache_dir.iterdir()
    images = []
    with _picture_index.PictureIndex(folder, 90, lasts=True) as other:
        other.claim([_loading.key_of(path) for path in paths], 8)
        waiting = threading.Thread(target=lambda: images.append(load(paths)))
        waiting.start()
        time.sleep(0.2)
    waiting.join(10)

    assert_array_equal(images[0], pixels)


@pytest.mark.slow
def test_a_killed_process_leaves_no_half_picture(load, monkeypatch, cache_dir, paths, pixels):
    code = f"""
    import os
    from skcnn import ImageLoader, _picture_cache
    _picture_cache.in_threads = lambda function, tasks, n_jobs: [function(tasks[0]), os._exit(9)]
    ImageLoader((6, 5), cache_dir={str(cache_dir)!r}).fit_transform({paths!r})
    """
    process = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert process.returncode == 9
    assert rows_in(cache_dir) == [(record, 0) for record in range(1, 9)]

    monkeypatch.setattr(_picture_index, "_STALE_SECONDS", 0)
    assert_array_equal(load(paths), pixels)
    assert rows_in(cache_dir) == [(record, 1) for record in range(1, 9)]


def test_an_interrupted_run_leaves_its_pictures_to_the_next(load, monkeypatch, paths, pixels):
    decode = _picture_cache.formed_picture
    monkeypatch.setattr(_picture_cache, "_FIRST_CLAIM", 4)

    def interrupted(source, form):
        if source == paths[5]:
            raise KeyboardInterrupt
        return decode(source, form)

    with monkeypatch.context() as patch:
        patch.setattr(_picture_cache, "formed_picture", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load(paths)
    start = time.monotonic()
    assert_array_equal(load(paths), pixels)
    assert time.monotonic() - start < _picture_index._STALE_SECONDS / 2


# --- the temporary folder


@pytest.mark.slow
def test_the_temporary_folder_goes_with_its_process(tmp_path, paths):
    code = f"""
    import multiprocessing, os
    from joblib import Parallel, delayed
    from skcnn import ImageLoader
    loader = ImageLoader((6, 5))
    loader.fit_transform({paths!r})
    Parallel(n_jobs=2)(delayed(loader.fit_transform)({paths!r}) for _ in range(2))
    if os.fork() == 0:
        raise SystemExit
    os.wait()
    loader.fit_transform({paths!r})
    print(*[name for name in os.listdir({str(tmp_path)!r}) if name.startswith("skcnn-pictures-")])
    """
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(process.stdout.split()) == 1
    assert not list(tmp_path.glob("skcnn-pictures-*"))


def test_a_pickle_of_another_process_brings_no_folder_of_its(monkeypatch, tmp_path):
    monkeypatch.setattr(_temporary_folder, "_folder", None)
    _temporary_folder.share((str(tmp_path), os.getpid() + 1))

    assert _temporary_folder._folder is None


def test_a_temporary_folder_that_was_removed_is_made_anew(monkeypatch, paths, pixels):
    monkeypatch.setattr(_temporary_folder, "_folder", None)
    loader = ImageLoader((6, 5)).fit(paths)
    loader.transform(paths)
    shutil.rmtree(_temporary_folder.temporary_folder())

    assert_array_equal(loader.transform(paths), pixels)


# --- folders that cannot be used


def test_a_folder_below_a_file_is_told(tmp_path, paths):
    (tmp_path / "file").write_text("")

    with pytest.raises(OSError, match=r"Cannot keep decoded images in .*file/x.*point cache_dir"):
        ImageLoader((6, 5), cache_dir=tmp_path / "file" / "x").fit_transform(paths)


@pytest.mark.skipif(os.getuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_is_read_only_is_told(cache_dir, paths):
    cache_dir.mkdir(mode=0o500)

    with pytest.raises(OSError, match=r"Cannot keep decoded images in .*Permission denied"):
        ImageLoader((6, 5), cache_dir=cache_dir).fit_transform(paths)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [100, 150_000])
def test_a_full_disk_is_told_and_leaves_nothing_half_written(tmp_path, cache_dir, limit):
    paths, pixels = write_pictures(tmp_path / "large", 8, size=(100, 100))  # 240,000 bytes
    code = f"""
    import resource
    from skcnn import ImageLoader
    loader = ImageLoader(100, cache_dir={str(cache_dir)!r}).fit({paths!r})
    resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
    try:
        loader.transform({paths!r})
    except OSError as error:
        print(error)
    """
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert "Cannot keep decoded images in" in process.stdout
    assert "Make room, or point cache_dir" in process.stdout

    images = ImageLoader(100, cache_dir=cache_dir).fit_transform(paths)
    assert_array_equal(images, pixels)
    assert not [name for name in files_in(cache_dir) if name.endswith(".part")]


def test_a_damaged_index_is_told(load, cache_dir, paths, pixels):
    load(paths)
    (index,) = cache_dir.rglob("index.sqlite3")
    index.write_bytes(b"nonsense" * 1000)

    with pytest.raises(OSError, match=r"The index of decoded images in .* is damaged.*Delete"):
        load(paths)
    shutil.rmtree(index.parent)
    assert_array_equal(load(paths), pixels)


@pytest.mark.parametrize("name", ["index.sqlite3", "pixels.bin"])
def test_a_folder_of_which_one_file_is_gone_is_begun_anew(load, cache_dir, paths, pixels, name):
    load(paths)
    (file,) = cache_dir.rglob(name)
    file.unlink()

    assert_array_equal(load(paths[::-1]), pixels[::-1])


def test_records_that_were_cut_off_are_written_again(load, cache_dir, decoded, paths, pixels):
    load(paths)
    (file,) = cache_dir.rglob("pixels.bin")
    os.truncate(file, 32 + 5 * 90 + 7)

    assert_array_equal(load(paths), pixels)
    assert sorted(decoded[8:]) == paths[5:]


# --- images on disk and their file


def test_images_whose_folder_is_gone_say_so(on_disk, load, cache_dir, paths):
    images = load(paths)
    shutil.rmtree(cache_dir)

    with pytest.raises(FileNotFoundError, match=r"Cannot read images from .*removed or made anew"):
        np.asarray(images)


def test_images_whose_file_was_made_anew_say_so(on_disk, load, cache_dir, paths):
    images = load(paths)
    shutil.rmtree(cache_dir)
    load(paths[::-1])

    with pytest.raises(FileNotFoundError, match="removed or made anew"):
        images[0]


def test_images_whose_file_was_cut_off_say_so(on_disk, load, cache_dir, paths, pixels):
    images = load(paths)
    os.truncate(next(cache_dir.rglob("pixels.bin")), 32 + 5 * 90)

    assert_array_equal(images[:5], pixels[:5])
    with pytest.raises(OSError, match=r"it ends too early.*Delete its folder"):
        np.asarray(images)


def test_the_folder_holds_pixels_and_their_index_alone(load, cache_dir, paths):
    load(paths)
    gc.collect()

    assert files_in(cache_dir) == {"pixels.bin", "index.sqlite3"}


def test_images_are_pickled_by_their_place(on_disk, load, paths, pixels):
    images = load(paths)

    content = pickle.dumps(images)
    restored = pickle.loads(content)
    assert isinstance(restored, CachedImages)
    assert_array_equal(restored, pixels)
    assert pixels[3].tobytes() not in content

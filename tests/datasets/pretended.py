"""Small data sets in place of MNIST and Fashion-MNIST, as files and on mirrors."""

from __future__ import annotations

import gzip
import http.server
import struct

import numpy as np

PARTS = ("X_train", "y_train", "X_test", "y_test")
NAMES = {
    "X_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "X_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


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
    """Two mirrors on this computer, ``/first/`` and ``/second/``, which note every request."""

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

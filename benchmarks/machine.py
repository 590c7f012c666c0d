"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import skcnn

_PACKAGES = (
    "tensorflow",
    "keras",
    "scikit-learn",
    "numpy",
    "scikeras",
    "skorch",
    "torch",
)


def describe_cpu() -> str:
    """Return the model of the CPU and the number of cores that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{_cpu_model()}, {cores} cores"


def package_versions(packages: Iterable[str] = _PACKAGES) -> dict[str, str]:
    """Return the version of each package that takes part, or that it is missing."""
    ours = {"skcnn": skcnn.__version__, "Python": platform.python_version()}
    return ours | {name: _version(name) for name in packages}


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"

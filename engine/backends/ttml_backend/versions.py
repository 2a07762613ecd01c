"""What is there: versions for the record, and the bindings' own words for a bug report."""

from __future__ import annotations

import importlib.metadata
import platform
from functools import reduce
from typing import Any

import numpy as np
import ttml
import ttnn

_TELLING = (
    "autograd.AutoContext.open_device",
    "autograd.Tensor.from_numpy",
    "autograd.Tensor.to_numpy",
    "ops.loss.cross_entropy_loss",
    "core.clip_grad_norm",
    "optimizers.AdamWConfig.make",
)
"""Functions whose signatures tell versions apart; a binding carries its signature as its text."""


def versions() -> dict[str, str]:
    """Give versions by name. ttml, put on the path by tt-metal's build, has none of its own."""
    found = {"python": platform.python_version(), "numpy": np.__version__}
    return found | {"ttnn": _version("ttnn", ttnn), "ttml": _version("ttml", ttml)}


def print_bindings() -> None:
    """Print what the bindings say of themselves, once a worker, into its log."""
    for path in _TELLING:
        said = getattr(reduce(_member, path.split("."), ttml), "__doc__", None)
        print(f"ttml.{path}: {' '.join(said.split()) if said else 'absent'}", flush=True)


def _member(owner: Any, name: str) -> Any:
    return getattr(owner, name, None)


def _version(name: str, module: Any) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return str(getattr(module, "__version__", "unknown"))

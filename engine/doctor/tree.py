"""Where tt-metal's source tree is, and which of its parts exist."""

from __future__ import annotations

import os
from pathlib import Path

from .host import Host

SOC_DESCRIPTORS = "tt_metal/soc_descriptors"
"""What ttnn reads below its root when it opens a device."""
TTML_SOURCES = ("tt-train/sources/ttml", "build/tt-train/sources/ttml")
"""The two folders that a build of tt-train wants on the path: the package, and its extension."""
PYTHON_ENV = "python_env"
DEFAULT = "tt-metal"


def find_tree(host: Host, python: str = "") -> Path | None:
    """Find the tree: as set, as exported, that of the interpreter, or `~/tt-metal`.

    Args:
        host: The host.
        python: The worker's interpreter, which may live in the tree's own environment.
    """
    named = [host.worker.env.get("TT_METAL_HOME"), host.environ.get("TT_METAL_HOME")]
    parents = Path(python).parents
    if python and PYTHON_ENV in Path(python).parts:
        named += [str(p.parent) for p in parents if p.name == PYTHON_ENV]
    candidates = [Path(name) for name in named if name] + [host.user_home / DEFAULT]
    return next((tree for tree in candidates if is_tree(tree)), None)


def is_tree(folder: Path) -> bool:
    """Say whether a folder is a checkout of tt-metal."""
    return os.path.isdir(folder / "tt_metal")


def is_inside(path: str | Path, tree: Path) -> bool:
    """Say whether a path leads into a tree, whichever of its names each is called by."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(tree))


def has_ttml(tree: Path) -> bool:
    """Say whether tt-train's Python package lies in the tree, built or not."""
    return os.path.isdir(tree / TTML_SOURCES[0] / "ttml")

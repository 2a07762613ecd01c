"""Which interpreter runs the worker: as set, or the first that has what the backend needs.

Looks at files alone, so that it costs nothing at each start; the doctor's probes ask the
interpreter itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import pci, tree
from .host import Host, matching, read_plain

NEEDED = ("numpy", "yaml", "platformdirs", "safetensors")
"""What the worker imports besides this program and the backend's own packages."""

_INSTALLER = ".tenstorrent-venv"


@dataclass(frozen=True)
class Python:
    """An interpreter and why it was thought of."""

    path: str
    source: str


def find_pythons(host: Host) -> list[Python]:
    """List the interpreters that may run the worker; each exists, none is listed twice."""
    found: dict[str, Python] = {}
    for path, source in _candidates(host):
        if os.access(path, os.X_OK) and os.path.isfile(path):
            found.setdefault(path, Python(path, source))
    return list(found.values())


def choose_python(host: Host, backend: str | None = None) -> str:
    """Choose the worker's interpreter.

    What a person set is taken as it is. Otherwise this program's own, unless there is a card, the
    backend may be ttml, and another interpreter has ttml.

    Args:
        host: The host, with its settings.
        backend: `auto`, `torch` or `ttml`; None takes the host's setting.
    """
    if host.worker.python:
        return _expanded(host, host.worker.python)
    backend = backend or host.backend
    if backend == "torch" or not (backend == "ttml" or pci.find_devices(host)):
        return host.python
    for python in find_pythons(host):
        folders = list(import_folders(host, python.path))
        complete = backend == "ttml" or all(_has(folders, name) for name in NEEDED)
        if complete and _has_ttml(host, python.path, folders):
            return python.path
    return host.python


def incomplete_python(host: Host) -> tuple[str, list[str]] | None:
    """Find an interpreter that has ttml and is passed over for what it lacks of `NEEDED`."""
    if host.worker.python or host.backend != "auto" or not pci.find_devices(host):
        return None
    for python in find_pythons(host):
        folders = list(import_folders(host, python.path))
        missing = [name for name in NEEDED if not _has(folders, name)]
        if missing and _has_ttml(host, python.path, folders):
            return python.path, missing
    return None


def import_folders(host: Host, python: str) -> Iterator[Path]:
    """Give the folders that an environment's interpreter imports from, those of .pth files too."""
    for packages in matching(Path(python).parent.parent, "lib/python3*/site-packages"):
        yield packages
        for pth in matching(packages, "*.pth"):
            yield from _listed(pth)


def _candidates(host: Host) -> Iterator[tuple[str, str]]:
    if host.worker.python:
        yield _expanded(host, host.worker.python), "settings"
    yield host.python, "this program's"
    exported = host.environ.get("TT_METAL_HOME")
    if exported:
        yield _python_in(Path(exported) / tree.PYTHON_ENV), "$TT_METAL_HOME"
    yield _python_in(host.user_home / tree.DEFAULT / tree.PYTHON_ENV), "~/tt-metal"
    yield _python_in(host.user_home / _INSTALLER), "tt-installer's"


def _python_in(environment: Path) -> str:
    return str(environment / "bin" / "python")


def _expanded(host: Host, path: str) -> str:
    if path.startswith("~/"):
        return str(host.user_home / path[2:])
    return os.path.expanduser(path)  # ~ of somebody else


def _listed(pth: Path) -> Iterator[Path]:
    lines = (read_plain(pth) or b"").decode("utf-8", "replace").splitlines()
    yield from (Path(line) for line in lines if line.startswith("/"))


def _has(folders: list[Path], name: str) -> bool:
    return any(os.path.isdir(folder / name) for folder in folders)


def _has_ttml(host: Host, python: str, folders: list[Path]) -> bool:
    # `autograd` tells the real one from the unrelated package of that name.
    if any(os.path.exists(folder / "ttml" / "autograd") for folder in folders):
        return True
    metal = tree.find_tree(host, python)
    # Its folder, since an environment's interpreter is itself a link out of the tree.
    is_the_tree_s = metal is not None and tree.is_inside(Path(python).parent, metal)
    return metal is not None and is_the_tree_s and tree.has_ttml(metal)

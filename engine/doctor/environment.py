"""The worker's environment: what tt-metal wants exported, computed, and given to nobody else.

Variables and their meaning: tt-metal's INSTALLING.md and tt-train's docs/INSTALLING_TTML.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from . import pci, tree
from .host import Host, matching
from .pythons import choose_python, import_folders

CACHE, LOGS = "TT_METAL_CACHE", "TT_METAL_LOGS_PATH"
PATHS = ("LD_LIBRARY_PATH", "PYTHONPATH")
"""Lists of folders: ours go in front of what is there."""

QUIET = {"TT_LOGGER_LEVEL": "off", "LOGURU_LEVEL": "ERROR", "TT_METAL_DISABLE_BACKTRACE": "1"}
"""What silences ttnn in a probe."""

MOCK, SIMULATOR = "TT_METAL_MOCK_CLUSTER_DESC_PATH", "TT_METAL_SIMULATOR"


def worker_environment(host: Host, backend: str | None = None) -> dict[str, str]:
    """Compute what the worker gets besides the caller's environment.

    Nothing for a host without card and tt-metal, or with backend torch, but what a person saved.
    What they exported themselves stays as it is, and what they saved wins over all.

    Args:
        host: The host, with its settings.
        backend: `auto`, `torch` or `ttml`; None takes the host's setting.

    Returns:
        Names to values. An empty value means: not set for the worker.
    """
    python = choose_python(host, backend)
    computed = {} if (backend or host.backend) == "torch" else dict(_computed(host, python))
    exported = {name for name in computed if name not in PATHS and name in host.environ}
    return {n: v for n, v in computed.items() if n not in exported} | host.worker.env


def full_environment(host: Host, backend: str | None = None) -> dict[str, str]:
    """Give all of the environment that the worker starts with."""
    ours = worker_environment(host, backend)
    both = {**host.environ, **ours}
    return {name: value for name, value in both.items() if value or name not in ours}


def probe_environment(host: Host) -> dict[str, str]:
    """Give the environment of a probe: the worker's, but silent, and without aborts."""
    asked = {**full_environment(host), **QUIET, "PYTHONDONTWRITEBYTECODE": "1"}
    asked.pop("TT_ASSERT_ABORT", None)
    return asked


def _computed(host: Host, python: str) -> Iterator[tuple[str, str]]:
    devices, metal = pci.find_devices(host), tree.find_tree(host, python)
    if not devices and metal is None:
        return
    if metal is not None and uses_tree(host, python, metal):
        yield "TT_METAL_HOME", str(metal)
        yield "TT_METAL_RUNTIME_ROOT", str(metal)
        yield from _path_lists(host, python, metal)
    archs = {device.arch for device in devices}
    if len(archs) == 1 and archs != {""}:
        yield "TT_METAL_ARCH_NAME", archs.pop()
    yield "TT_LOGGER_LEVEL", "error"
    yield CACHE, str(host.home / "cache" / "tt-metal")
    yield LOGS, str(host.home / "cache" / "tt-metal-logs")


def uses_tree(host: Host, python: str, metal: Path) -> bool:
    """Say whether this interpreter would run the tree's build: a wheel of ttnn has its own root."""
    return not any(
        os.path.isdir(folder / "ttnn" / "tt_metal") for folder in _packages(host, python)
    )


def _packages(host: Host, python: str) -> list[Path]:
    return [folder for folder in import_folders(host, python) if folder.name == "site-packages"]


def _path_lists(host: Host, python: str, metal: Path) -> Iterator[tuple[str, str]]:
    libraries = [str(p) for p in (metal / "build" / "lib",) if os.path.isdir(p)] + openmpi(host)
    if libraries:
        yield "LD_LIBRARY_PATH", joined(host, "LD_LIBRARY_PATH", libraries)
    already = {os.path.realpath(folder) for folder in import_folders(host, python)}
    sources = [metal / part for part in tree.TTML_SOURCES]
    missing = [str(p) for p in sources if os.path.isdir(p) and os.path.realpath(p) not in already]
    if missing:
        yield "PYTHONPATH", joined(host, "PYTHONPATH", missing)


def openmpi(host: Host) -> list[str]:
    """List the folders of the OpenMPI builds that tt-metal is linked against (ULFM)."""
    return [str(path) for path in matching(host.path("/opt"), "openmpi-*-ulfm/lib")]


def joined(host: Host, name: str, folders: list[str]) -> str:
    """Put folders in front of a list that the caller's environment has."""
    there = [part for part in host.environ.get(name, "").split(os.pathsep) if part]
    return os.pathsep.join([*folders, *(part for part in there if part not in folders)])

"""Whether card and ttml are there, from files: nothing is imported, nothing is opened."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from .. import Availability

_NODES = Path("/dev/tenstorrent")
_REAL = {"autograd", "_recursive_import.py"}
"""What only tt-train's ttml has in its folder; the package of that name on PyPI does not."""


def probe(nodes: Path = _NODES) -> Availability:
    """Look for device nodes and for a built ttml."""
    if not any(entry.name.isdecimal() for entry in _entries(nodes)):
        return _missing("There is no Tenstorrent card with a driver here.", "doctor")
    spec = importlib.util.find_spec("ttml")
    if spec is None or spec.origin is None:
        return _missing("ttml is not installed for this Python.", "doctor")
    files = {entry.name for entry in _entries(Path(spec.origin).parent)}
    if not files & _REAL:
        return _missing("The ttml that is installed is another project.", "doctor")
    if not _is_built(files):
        return _missing("ttml is there, but its extension is not built.", "doctor")
    if importlib.util.find_spec("ttnn") is None:
        return _missing("ttml is there, but ttnn is not.", "doctor")
    return Availability(True, "tenstorrent", "ttml")


def _is_built(files: set[str]) -> bool:
    inside = any(re.match(r"_ttml.*\.so$", name) for name in files)
    return inside or importlib.util.find_spec("_ttml") is not None


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _missing(reason: str, command: str) -> Availability:
    return Availability(False, "tenstorrent", reason, f"See: ttgpt-tui {command}.")

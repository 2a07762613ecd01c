"""Which checkpoints still have the content that was written: hashed once, and when a file changes.

Only what generating needs is hashed: not the optimizer's moments. Standard library only.
"""

from __future__ import annotations

import threading
from pathlib import Path

from ..disk.reading import DamagedFileError
from ..disk.sealed import check_hashes
from .info import CONFIG, OPTIMIZER, STATE, TOKENIZER, WEIGHTS, read_state

_HASHED = (STATE, CONFIG, TOKENIZER, WEIGHTS)

Stamp = tuple[tuple[int, int], ...]
"""Time of change in ns and size of each file that is hashed."""


class Seals:
    """Remembers what hashing has shown, as long as no file has another time or size."""

    def __init__(self) -> None:
        self._found: dict[Path, tuple[Stamp, str]] = {}
        self._hashing = threading.Lock()

    def problem(self, folder: Path) -> str | None:
        """Say what hashing has shown: empty where all is as written, None where it is not known."""
        stamp, problem = self._found.get(folder, ((), ""))
        return problem if stamp and stamp == _stamp(folder) else None

    def check(self, folder: Path) -> str:
        """Hash a checkpoint, unless that was done, and say what is wrong; empty when nothing is.

        It takes as long as its files take to read: for a thread. Two threads hash in turn.
        """
        with self._hashing:
            known = self.problem(folder)
            if known is not None:
                return known
            stamp, problem = _stamp(folder), _broken(folder)
            self._found[folder] = stamp, problem
            return problem


def _stamp(folder: Path) -> Stamp:
    """Give nothing where a file is missing."""
    try:
        found = [(folder / name).stat() for name in _HASHED]
    except OSError:
        return ()
    return tuple((status.st_mtime_ns, status.st_size) for status in found)


def _broken(folder: Path) -> str:
    try:
        check_hashes(folder, read_state(folder), skip=(OPTIMIZER,))
    except DamagedFileError as error:
        return error.short
    return ""

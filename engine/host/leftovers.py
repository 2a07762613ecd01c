"""Remove what processes that were killed left half-made; each name tells whose it was."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from pathlib import Path

from . import processes

_HALF_MADE = re.compile(
    r"\..+\.(\d{1,9})(?:-\d+)?\.partial"  # a file or a run's folder written aside
    r"|.+\.partial-(\d{1,9})"  # a data set
    r"|ttgpt-doctor-(\d{1,9})-.*"
)


def clean(folder: Path, older_than: float = 60.0) -> None:
    """Remove a folder's leftovers; what the disk refuses stays.

    Args:
        folder: Where to look; not below its folders.
        older_than: Seconds since the last change: on a shared disk a process of another host has
            no number here.
    """
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder)):
            name = _HALF_MADE.fullmatch(entry.name)
            if name and name.lastindex and processes.start_time(int(name[name.lastindex])) is None:
                with contextlib.suppress(OSError):
                    _remove(entry, older_than)


def _remove(entry: os.DirEntry[str], older_than: float) -> None:
    status = entry.stat(follow_symlinks=False)
    if status.st_uid != os.getuid() or time.time() - status.st_mtime < older_than:
        return
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path, ignore_errors=True)
    else:
        os.unlink(entry.path)

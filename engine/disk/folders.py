"""Make a folder appear whole or not at all: filled aside, synced, renamed, the parent synced."""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from ..errors import DataError
from . import atomic

OLD = ".old"
"""Ending of a folder that is being replaced, for the moment between two renames."""


@contextlib.contextmanager
def filled_aside(target: Path, aside: Path, *, replace: bool = False) -> Iterator[Path]:
    """Give an empty folder to fill; when the block ends well it becomes the target.

    Args:
        target: The name under which it appears.
        aside: The name under which it is filled, in the same parent. What is there is removed.
        replace: Let it take the place of a target that is there.

    Raises:
        OSError: Whatever the disk said. The folder aside is gone, an old target is in its place.
    """
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir(parents=True)
        yield aside
        for file in aside.iterdir():
            atomic.sync_file(file)
        atomic.sync_folder(aside)
        if replace and target.exists():
            _swap(aside, target)
        else:
            aside.rename(target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    atomic.sync_folder(target.parent)
    shutil.rmtree(_old(target), ignore_errors=True)


def recover(parent: Path) -> None:
    """Finish or undo the replacements that a crash cut short."""
    for old in parent.glob(f"*{OLD}"):
        target = old.with_name(old.name[: -len(OLD)])
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(target)


def disk_error(what: str, error: OSError) -> DataError:
    """Say that writing failed, and what a person can do about it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        why = "The disk is full, or a limit on this account is reached."
        return DataError(what, why, "Free some space, then try again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        why = f"No permission to write there: {error.filename or error.strerror}."
        return DataError(what, why, "Allow writing there, or choose another home with --home.")
    place = error.filename2 or error.filename  # of a rename, what was to be replaced
    where = f" ({place})" if place else ""
    why = f"The disk said: {error.strerror or error}{where}."
    return DataError(what, why, "Mend that, then try again.")


def _swap(aside: Path, target: Path) -> None:
    # Renaming onto a folder with files in it is refused, so the old one steps aside first.
    old = _old(target)
    shutil.rmtree(old, ignore_errors=True)
    target.rename(old)
    try:
        aside.rename(target)
    except BaseException:
        old.rename(target)
        raise


def _old(target: Path) -> Path:
    return target.with_name(target.name + OLD)

"""Throw a run away so that it can still be taken back: its folder moves to `<home>/trash`."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

from ttgpt.engine.disk import atomic
from ttgpt.engine.disk.folders import disk_error
from ttgpt.engine.errors import DataError, UsageError
from ttgpt.engine.host.locks import Lock, LockHeldError
from ttgpt.engine.runs.rundir import RunFolder, check_free

from .glance import size_on_disk


def check_deletable(home: Path, run: RunFolder) -> None:
    """Check that a run is this home's, and that no worker has it in hand.

    Raises:
        UsageError: It is not so.
    """
    if run.path.parent.resolve() != (home / "runs").resolve():
        raise UsageError(
            f"{run.path} is not in this home.",
            f"Runs of {home} can be deleted.",
            "Give its home with --home, or remove the folder yourself.",
        )
    if _is_live(run):
        raise _live(run)


def move_to_trash(home: Path, run: RunFolder) -> Path:
    """Move a run's folder to the trash folder, and give its new place.

    Raises:
        UsageError: A worker has it in hand.
        DataError: The disk refused.
    """
    trash, lock = home / "trash", Lock(run.lock)
    try:
        trash.mkdir(exist_ok=True)
        lock.acquire("deleting")  # no worker can begin on it while it moves
        try:
            target = _free(trash / run.path.name)
            run.path.rename(target)
        finally:
            lock.release()
        atomic.sync_folder(trash)
        atomic.sync_folder(home / "runs")
    except LockHeldError as held:
        raise _live(run) from held
    except OSError as error:
        raise DataError(
            f"Cannot move {run.path} to {trash}.",
            f"{error.strerror or error}.",
            "Allow writing there, or remove the folder yourself.",
        ) from error
    return target


def list_trash(home: Path) -> list[RunFolder]:
    """Give the runs in the trash folder, the one thrown away last first."""
    found = [RunFolder(path.parent) for path in (home / "trash").glob("*/run.json")]
    return sorted(found, key=_thrown_at, reverse=True)


def _thrown_at(run: RunFolder) -> float:
    """Give when a run came into the trash folder; 0 when it is gone from there by now."""
    try:
        return run.path.stat().st_ctime
    except OSError:
        return 0.0


def weigh(home: Path) -> tuple[int, int]:
    """Give how many runs are in the trash folder, and their bytes."""
    return len(list_trash(home)), size_on_disk(home / "trash")


def restore(home: Path, run: RunFolder) -> RunFolder:
    """Move a run from the trash folder back among the runs.

    Raises:
        UsageError: A run of its name exists by now.
        DataError: The disk refused.
    """
    target = home / "runs" / _id_of(run)
    check_free(home, RunFolder(target).name)
    try:
        run.path.rename(target)
        atomic.sync_folder(target.parent)
    except OSError as error:
        raise disk_error(f"Cannot move {run.path} back.", error) from error
    return RunFolder(target)


def _id_of(run: RunFolder) -> str:
    """Give a run's own id: what was thrown away twice got a number, which is no part of it."""
    folder = run.path.name
    try:
        own = str(run.info().id)
    except DataError:
        return folder  # damaged, as it was thrown away
    # What the file says counts only where the folder's name says it too: it might be a path.
    return own if re.fullmatch(re.escape(own) + r"\.[0-9]+", folder) else folder


def empty_trash(home: Path) -> int:
    """Remove all runs in the trash folder for good, and give how many there were.

    Raises:
        DataError: The disk refused.
    """
    found = list_trash(home)
    for run in found:
        try:
            shutil.rmtree(run.path)
        except OSError as error:
            raise disk_error(f"Cannot remove {run.path}.", error) from error
    return len(found)


def _is_live(run: RunFolder) -> bool:
    try:
        return run.owner() is not None or run.is_live()
    except DataError:
        return False  # its run.json is damaged: all the more reason to let it go


def _live(run: RunFolder) -> UsageError:
    name = run.info().name
    return UsageError(
        f"The run {name!r} is {run.live_words}.",
        "A worker has it in hand.",
        f"Stop it first: ttgpt-tui runs stop {shlex.quote(name)}",
    )


def _free(wanted: Path) -> Path:
    target, count = wanted, 1
    while target.exists():
        count += 1
        target = wanted.with_name(f"{wanted.name}.{count}")
    return target

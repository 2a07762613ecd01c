"""What can be done to a checkpoint as a folder: tell whether it is one, delete it, take it in."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import stock
from ..disk.folders import disk_error, filled_aside
from ..errors import DataError, UsageError
from . import info as checkpoint_info
from .info import STATE

PARTIAL = ".partial"
IMPORTED = "imported"


class AlreadyThereError(UsageError):
    """What is to be taken in is in the home, and whole; `place` is its folder."""

    def __init__(self, name: str, step: int, place: Path) -> None:
        super().__init__(
            f"{name} {step:,} is there already.", f"It lies in {place}.", "Choose it in the list."
        )
        self.place = place


def remove(folder: Path) -> None:
    """Delete a checkpoint; one that is half gone has no checkpoint's name any more.

    Raises:
        DataError: The disk refuses.
    """
    doomed = folder.with_name(folder.name + PARTIAL)
    try:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(doomed)
        folder.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise disk_error(f"Checkpoint {folder.name} could not be deleted.", error) from error


def take_in(home: Path, folder: Path) -> Path:
    """Copy a checkpoint from any folder into the home, every byte checked before and after.

    Where another checkpoint has its place, it gets a name of its own, such as NAME-2.

    Args:
        home: The home folder.
        folder: A checkpoint, a run's folder, whose newest whole one is taken, or a file of
            tt-metal's own trainers, which is converted; see `stock`.

    Returns:
        Where it is now: `<home>/imported/NAME/checkpoints/STEP`.

    Raises:
        DataError: It is not a checkpoint of this program, is damaged, or the disk refuses.
        UsageError: It is in the home already.
    """
    folder = Path(os.path.expanduser(folder)).absolute()
    if os.path.isfile(folder):
        return stock.take_in(home, folder)
    source = _checkpoint_in(folder)
    if home in source.parents:
        raise UsageError(
            f"{source.name} is in the list already.",
            f"It lies in {source.parent}.",
            "Choose it there.",
        )
    state = checkpoint_info.verify(source)
    run = source.parents[1] if source.parent.name == "checkpoints" else source
    target = free_place(home, run.name, state["step"], lambda there: there == state)
    try:
        with filled_aside(target, target.with_name(target.name + PARTIAL)) as aside:
            for name in (*state["files"], STATE):
                shutil.copyfile(source / name, aside / name)
            checkpoint_info.verify(aside)
    except OSError as error:
        raise disk_error(f"{source} could not be copied.", error) from error
    return target


def imported(home: Path) -> list[Path]:
    """Give the folders of what was taken in, each with `checkpoints` below it."""
    return sorted(p.parent for p in (home / IMPORTED).glob("[!.]*/checkpoints"))


def _checkpoint_in(folder: Path) -> Path:
    if os.path.isfile(folder / STATE):
        return folder
    whole = checkpoint_info.whole_checkpoints(folder)
    if whole:
        return whole[-1].path
    reason = checkpoint_info.foreign(folder)
    raise DataError(
        f"{folder} is not a checkpoint.",
        reason or f"There is no {STATE} in it, nor a run's checkpoints.",
        "Give a folder such as RUN/checkpoints/000500.",
    )


def free_place(home: Path, name: str, step: int, is_same: Callable[[dict[str, Any]], bool]) -> Path:
    """Find where a checkpoint may go without taking the place of another.

    Args:
        home: The home folder.
        name: What it should be called; NAME-2 and so on where that is another one.
        step: Optimizer steps done.
        is_same: Whether a state.json is that of what is to be taken in.

    Raises:
        AlreadyThereError: It is there already, and whole.
    """
    for count in itertools.count(1):
        run = home / IMPORTED / (_safe(name) if count == 1 else f"{_safe(name)}-{count}")
        place = checkpoint_info.folder_of(run / "checkpoints", step)
        if not place.exists():
            return place
        if _holds(place, is_same):
            raise AlreadyThereError(run.name, step, place)
    raise AssertionError("there is always another number")


def _holds(place: Path, is_same: Callable[[dict[str, Any]], bool]) -> bool:
    try:
        return is_same(checkpoint_info.verify(place))
    except DataError:
        return False


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]", "-", name).strip(".-")[:60] or "checkpoint"

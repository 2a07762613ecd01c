"""Which checkpoint is meant: a run, a run's step or best one, or a checkpoint's folder."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path

from ttgpt.engine.checkpoints.folder import imported, take_in
from ttgpt.engine.checkpoints.info import (
    STATE,
    WHOLE,
    CheckpointInfo,
    foreign,
    list_checkpoints,
    read_info,
    whole_checkpoints,
)
from ttgpt.engine.config import MOST
from ttgpt.engine.convert import shown
from ttgpt.engine.errors import DataError, UsageError
from ttgpt.engine.runs.rundir import find_run

PassedOver = Callable[[CheckpointInfo], None]


def find_checkpoint(
    home: Path, wanted: str, passed_over: PassedOver = lambda broken: None
) -> CheckpointInfo:
    """Find a whole checkpoint.

    Args:
        home: Where the runs are.
        wanted: `RUN` for its newest one, `RUN@STEP`, `RUN@best`, or a checkpoint folder's path; for
            RUN also the name of what was taken in. Or the path of a file of tt-metal's own
            trainers, which is taken in first.
        passed_over: Told of each checkpoint that is newer than the one found, and not whole.

    Raises:
        DataError: There is no such run or checkpoint, or it is damaged.
        UsageError: What follows the @ is neither a step nor `best`.
    """
    # os.path: it has no fault to find with names that no file can have.
    path = os.path.expanduser(wanted)
    if os.path.isfile(os.path.join(path, STATE)):
        return _usable(read_info(Path(path).absolute()))
    if os.path.isfile(path):
        return _usable(read_info(take_in(home, Path(path))))
    name, at, which = wanted.rpartition("@")
    try:
        folder = _folder(home, wanted)
    except DataError:
        if not at:
            raise
        return _chosen(_folder(home, name), name, which)  # else a name with an @ of its own
    return _newest(folder, wanted, passed_over)


def _folder(home: Path, name: str) -> Path:
    """Find a run's folder, or that of what was taken in under a name."""
    try:
        return find_run(home, name).path
    except DataError:
        taken_in = {folder.name: folder for folder in imported(home)}
        if name in taken_in:
            return taken_in[name]
        given = os.path.expanduser(name)
        if os.path.exists(given):
            raise _not_one(Path(given)) from None
        raise


def _not_one(given: Path) -> DataError:
    reason = foreign(given)
    return DataError(
        f"{given} is not a checkpoint" + (f": {reason}." if reason else "."),
        "A checkpoint is a folder such as RUN/checkpoints/000500.",
        "Play takes in what tt-metal's own trainers wrote: i in its list.",
    )


def _newest(folder: Path, name: str, passed_over: PassedOver) -> CheckpointInfo:
    newest = _whole(folder, name)[-1]
    for one in list_checkpoints(folder):
        if one.step > newest.step:
            passed_over(one)
    return newest


def _chosen(folder: Path, name: str, which: str) -> CheckpointInfo:
    if which == "best":
        whole = _whole(folder, name)
        measured = [one for one in whole if not math.isnan(one.val_loss)]
        return min(measured or whole[-1:], key=lambda one: one.val_loss)
    step = which.replace(",", "").replace("_", "")
    if not step.isdecimal() or len(step) > len(str(MOST)):
        raise UsageError(
            f"{shown(which)} is no checkpoint of {name!r}.",
            "After the @ stands a step, or best.",
            "`ttgpt-tui runs show RUN` lists a run's checkpoints.",
        )
    found = {one.step: one for one in list_checkpoints(folder)}
    if int(step) not in found:
        raise DataError(
            f"{name!r} has no checkpoint of step {int(step):,}.",
            _nearest_step(int(step), list(found)),
            "`ttgpt-tui runs show RUN` lists a run's checkpoints.",
        )
    return _usable(found[int(step)])


def _nearest_step(step: int, steps: list[int]) -> str:
    if not steps:
        return "It has none at all."
    return f"The nearest one is of step {min(steps, key=lambda one: abs(one - step)):,}."


def _whole(folder: Path, name: str) -> list[CheckpointInfo]:
    whole = whole_checkpoints(folder)
    if not whole:
        raise DataError(
            f"{name!r} has no whole checkpoint yet.",
            "A run writes one at intervals, when a loss is its best, and at its end.",
            "Let it train on, or take another run: `ttgpt-tui runs`.",
        )
    return whole


def _usable(one: CheckpointInfo) -> CheckpointInfo:
    if one.state != WHOLE:
        raise DataError(
            f"The checkpoint {one.path} is {one.state}.", f"{one.problem}.", "Take another one."
        )
    return one

"""Which checkpoint is meant: a run, a run's step or best one, or a checkpoint's folder."""

from __future__ import annotations

import math
from pathlib import Path

from ttgpt.engine.checkpoints.info import STATE, WHOLE, CheckpointInfo, list_checkpoints, read_info
from ttgpt.engine.errors import DataError, UsageError, nearest
from ttgpt.engine.runs.rundir import RunFolder, find_run


def find_checkpoint(home: Path, wanted: str) -> CheckpointInfo:
    """Find a whole checkpoint.

    Args:
        home: Where the runs are.
        wanted: `RUN` for its newest one, `RUN@STEP`, `RUN@best`, or a checkpoint folder's path.

    Raises:
        DataError: There is no such run or checkpoint, or it is damaged.
        UsageError: What follows the @ is neither a step nor `best`.
    """
    folder = Path(wanted).expanduser()
    if (folder / STATE).is_file():
        return _usable(read_info(folder.absolute()))
    name, at, which = wanted.rpartition("@")
    if not at:
        return _newest(find_run(home, wanted))
    try:
        return _newest(find_run(home, wanted))  # a name may have an @ of its own
    except DataError:
        return _chosen(find_run(home, name), which)


def _newest(run: RunFolder) -> CheckpointInfo:
    return _whole(run)[-1]


def _chosen(run: RunFolder, which: str) -> CheckpointInfo:
    if which == "best":
        measured = [one for one in _whole(run) if not math.isnan(one.val_loss)]
        return min(measured or _whole(run)[-1:], key=lambda one: one.val_loss)
    step = which.replace(",", "").replace("_", "")
    if not step.isdecimal():
        raise UsageError(
            f"{which!r} is no checkpoint of the run {run.info().name!r}.",
            "After the @ stands a step, or best.",
            "`ttgpt-tui runs show RUN` lists a run's checkpoints.",
        )
    found = {one.step: one for one in list_checkpoints(run.path)}
    if int(step) not in found:
        raise DataError(
            f"The run {run.info().name!r} has no checkpoint of step {int(step):,}.",
            nearest(step, map(str, found)) if found else "It has none at all.",
            "`ttgpt-tui runs show RUN` lists a run's checkpoints.",
        )
    return _usable(found[int(step)])


def _whole(run: RunFolder) -> list[CheckpointInfo]:
    whole = [one for one in list_checkpoints(run.path) if one.state == WHOLE]
    if not whole:
        name = run.info().name
        raise DataError(
            f"The run {name!r} has no whole checkpoint yet.",
            "It writes one at intervals, when a loss is its best, and at its end.",
            "Let it train on, or take another run: `ttgpt-tui runs`.",
        )
    return whole


def _usable(one: CheckpointInfo) -> CheckpointInfo:
    if one.state != WHOLE:
        raise DataError(
            f"The checkpoint {one.path} is {one.state}.", f"{one.problem}.", "Take another one."
        )
    return one

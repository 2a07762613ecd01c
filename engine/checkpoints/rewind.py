"""Go back to an earlier checkpoint: which one is good, and where later ones go."""

from __future__ import annotations

import os
from pathlib import Path

from ..disk.folders import disk_error
from ..errors import DataError
from ..runs.rundir import RunFolder
from .info import WHOLE, CheckpointInfo, list_checkpoints, whole_checkpoints

SET_ASIDE = "checkpoints-set-aside"
"""Folder in a run for checkpoints of steps that the run has gone back behind."""


def last_good(run: RunFolder, before: int) -> CheckpointInfo | None:
    """Give the newest whole checkpoint of a step below `before`, or None.

    Args:
        run: The run.
        before: The step at which the trouble began.
    """
    whole = whole_checkpoints(run.path)
    return next((found for found in reversed(whole) if found.step < before), None)


def set_aside_after(run: RunFolder, step: int) -> list[Path]:
    """Move the checkpoints of later steps out of the way, so that `step` is the newest.

    The newest goes first: cut short at any point, the run is still at one of its checkpoints.

    Returns:
        Where they are now.

    Raises:
        DataError: There is no whole checkpoint of that step, or the disk refused.
    """
    found = list_checkpoints(run.path)
    if not any(one.step == step and one.state == WHOLE for one in found):
        raise DataError(
            f"There is no whole checkpoint of step {step:,}.",
            "A run goes back to a checkpoint that it has.",
            "`ttgpt-tui runs show` lists them.",
        )
    aside = run.path / SET_ASIDE
    try:
        return [_moved(one.path, aside) for one in reversed(found) if one.step > step]
    except OSError as error:
        raise disk_error(f"The checkpoints after step {step:,} cannot be moved.", error) from error


def _moved(folder: Path, aside: Path) -> Path:
    aside.mkdir(exist_ok=True)
    target, count = aside / folder.name, 1
    while target.exists():  # the run went back before, and came here again
        count += 1
        target = aside / f"{folder.name}-{count}"
    os.rename(folder, target)
    return target

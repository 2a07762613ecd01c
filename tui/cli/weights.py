"""Which weights are meant: a checkpoint, those its run began with, or those of a live run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ttgpt.engine.checkpoints.info import CheckpointInfo
from ttgpt.engine.errors import DataError
from ttgpt.engine.runs.rundir import RunFolder, find_run

from .ask import check_live
from .output import note
from .which import find_checkpoint

LIVE, UNTRAINED = "live", "untrained"


@dataclass(frozen=True)
class Weights:
    """What can write a text."""

    name: str
    """What the caller called it."""
    checkpoint: str = ""
    """The checkpoint's folder; empty for live weights."""
    untrained: bool = False
    """Whether only the shape and the vocabulary of the checkpoint are meant."""
    live: RunFolder | None = None
    """The run whose worker has the live weights."""
    passed_over: tuple[CheckpointInfo, ...] = ()
    """Newer checkpoints of the run that are not whole; this one is taken in their place."""


def find_weights(home: Path, wanted: str) -> Weights:
    """Find weights; say so on stderr where a newer checkpoint had to be passed over.

    Args:
        home: Where the runs are.
        wanted: Whatever `find_checkpoint` knows, or `RUN@live`, or `RUN@untrained`.

    Raises:
        DataError: There is no such run or checkpoint, or it is damaged.
        UsageError: What follows the @ is not known, or the run is not live.
    """
    name, at, which = wanted.rpartition("@")
    if at and which in (LIVE, UNTRAINED) and not _is_run(home, wanted):
        if which == UNTRAINED:
            return _saved(home, name, wanted, untrained=True)
        run = find_run(home, name)
        check_live(run)
        return Weights(wanted, live=run)
    return _saved(home, wanted, wanted)


def _saved(home: Path, checkpoint: str, wanted: str, *, untrained: bool = False) -> Weights:
    broken: list[CheckpointInfo] = []
    found = find_checkpoint(home, checkpoint, broken.append)
    if broken:
        steps = "; ".join(f"step {one.step:,} is {one.state}, {one.problem}" for one in broken)
        note(f"{checkpoint}: {steps}. Taking step {found.step:,}.")
    return Weights(wanted, str(found.path), untrained, passed_over=tuple(broken))


def _is_run(home: Path, name: str) -> bool:
    try:
        find_run(home, name)
    except DataError:
        return False
    return True

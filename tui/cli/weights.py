"""Which weights are meant: a checkpoint, those its run began with, or those of a live run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ttgpt.engine.errors import DataError
from ttgpt.engine.runs.rundir import RunFolder, find_run

from .ask import check_live
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


def find_weights(home: Path, wanted: str) -> Weights:
    """Find weights.

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
            return Weights(wanted, str(find_checkpoint(home, name).path), untrained=True)
        run = find_run(home, name)
        check_live(run)
        return Weights(wanted, live=run)
    return Weights(wanted, str(find_checkpoint(home, wanted).path))


def _is_run(home: Path, name: str) -> bool:
    try:
        find_run(home, name)
    except DataError:
        return False
    return True

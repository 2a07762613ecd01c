"""Take a run back to a good checkpoint and let it go on with a lower learning rate."""

from __future__ import annotations

import time
from pathlib import Path

from ..commands import Abort
from ..errors import EnvironmentNotReady
from ..training.dial import LR_SCALE, read_lr_scale
from ..worker.asking import ask
from .rundir import RunFolder
from .starting import Say, StartedRun, resume_run

_ANSWER_SECONDS = 30.0
_END_SECONDS = 60.0
"""For a worker to end after it agreed to: it closes its device."""


def go_back(
    home: Path,
    run: RunFolder,
    step: int,
    lr_scale: float,
    *,
    say: Say = lambda what: None,
) -> StartedRun:
    """End the run's worker without saving, and go on from a checkpoint with a scaled rate.

    Later checkpoints are kept, set aside. The new scale is told as a `setting` event.

    Args:
        home: The home folder.
        run: The run, live or not.
        step: The checkpoint's step.
        lr_scale: What the schedule's learning rate is multiplied with from there on.
        say: Told what is being done.

    Raises:
        TtgptError: The worker does not end, or the run cannot go on from there.
    """
    read_lr_scale(lr_scale)  # before the worker ends
    if run.owner() is not None:
        say("ending the worker")
        ask(run.socket_path(), Abort(), _ANSWER_SECONDS)
        _wait_for_end(run)
    return resume_run(home, run, settings={LR_SCALE: str(lr_scale)}, from_step=step, say=say)


def _wait_for_end(run: RunFolder) -> None:
    deadline = time.monotonic() + _END_SECONDS
    while run.owner() is not None:
        if time.monotonic() > deadline:
            raise EnvironmentNotReady(
                "The worker has not ended.",
                f"It agreed to, {_END_SECONDS:.0f} s ago.",
                "Kill it, then go back again.",
            )
        time.sleep(0.05)

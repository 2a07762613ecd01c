"""End a worker that no longer answers."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from ..host.locks import Owner
from ..runs.rundir import RunFolder

_PATIENCE_S = 10.0
_GONE_S = 10.0
"""How long the end of a killed process is waited for."""


def kill_worker(run: RunFolder, patience: float = _PATIENCE_S) -> Owner | None:
    """Ask the process that holds a run to end (SIGTERM), then end it (SIGKILL).

    Args:
        run: The run.
        patience: Seconds between the two.

    Returns:
        The process that was ended, or None when nobody held the run.
    """
    owner = run.owner()
    if owner is None:
        return None
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, _GONE_S)):
        if not owner.alive:
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(owner.pid, number)
        _wait_for_end(owner, seconds)
    return owner


def _wait_for_end(owner: Owner, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while owner.alive and time.monotonic() < deadline:
        time.sleep(0.05)

"""Ask a live run's worker for something, from a command that is not asynchronous itself."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
from typing import Any

from ttgpt.engine.commands import Command, Stop
from ttgpt.engine.errors import UsageError
from ttgpt.engine.runs.rundir import RunFolder

from .. import control
from ..control import ANSWER_SECONDS
from ..link import WorkerGone


def ask(run: RunFolder, command: Command, *, seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
    """Send a command and wait for the answer.

    Raises:
        TtgptError: As of `control.ask`.
    """
    return asyncio.run(control.ask(run, command, seconds=seconds))


def ask_live(run: RunFolder, command: Command) -> dict[str, Any]:
    """Send a command to a run that must be live.

    Raises:
        UsageError: No worker has the run in hand.
        TtgptError: As of `ask`.
    """
    check_live(run)
    return ask(run, command)


def check_live(run: RunFolder) -> None:
    """Check that a worker has the run in hand.

    Raises:
        UsageError: None has.
    """
    if not run.is_live():
        name = run.info().name
        raise UsageError(
            f"The run {name!r} is not live; it is {run.state()}.",
            "There is no worker that could be asked.",
            f"Go on with it: ttgpt-tui train --resume {shlex.quote(name)}",
        )


def ask_to_stop(run: RunFolder, process: subprocess.Popen[bytes] | None = None) -> None:
    """Have the run saved and ended; a worker that does not listen yet gets a signal instead.

    Args:
        run: A live run.
        process: Its worker, where this process started it and it may not have its lock yet.

    Raises:
        TtgptError: As of `ask`.
    """
    try:
        ask(run, Stop())
    except WorkerGone:
        owner = run.owner()
        if owner is not None:
            control.ask_by_signal(run, owner)
        elif process is not None:
            process.terminate()

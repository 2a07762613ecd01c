"""Ask a live run's worker for something, from a command that is not asynchronous itself."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import subprocess
from typing import Any

from ttgpt.engine.commands import Command, Stop
from ttgpt.engine.errors import EnvironmentNotReady, UsageError
from ttgpt.engine.runs.rundir import RunFolder

from ..link import WorkerGone, WorkerLink

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 30.0
"""A worker answers between two steps, and a first step may take as long as this."""


class Busy(EnvironmentNotReady):
    """The worker has the command, and has not come round to it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The worker did not answer within {seconds:.0f} s.",
            "It answers between two steps; what was asked still counts.",
            "`ttgpt-tui runs` shows what it is doing.",
        )


def ask(run: RunFolder, command: Command, *, seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
    """Send a command and wait for the answer.

    Raises:
        TtgptError: The worker refused.
        EnvironmentNotReady: It could not be reached, or is busy for longer than that.
    """
    return asyncio.run(_ask(run, command, seconds))


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


def ask_to_stop(
    run: RunFolder,
    process: subprocess.Popen[bytes] | None = None,
    *,
    seconds: float = ANSWER_SECONDS,
) -> None:
    """Have the run saved and ended; a worker that does not listen yet gets a signal instead.

    Args:
        run: A live run.
        process: Its worker, where this process started it and it may not have its lock yet.
        seconds: How long to wait for the answer.

    Raises:
        TtgptError: As of `ask`.
    """
    try:
        ask(run, Stop(), seconds=seconds)
    except WorkerGone:
        owner = run.owner()
        if owner is not None:
            os.kill(owner.pid, signal.SIGTERM)
        elif process is not None:
            process.terminate()


async def _ask(run: RunFolder, command: Command, seconds: float) -> dict[str, Any]:
    link = await WorkerLink.connect(run.socket_path(), alive=run.is_live, seconds=CONNECT_SECONDS)
    try:
        return await asyncio.wait_for(link.request(command), seconds)
    except asyncio.TimeoutError:
        raise Busy(seconds) from None
    finally:
        await link.close()

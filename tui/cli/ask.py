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
        name, state = run.info().name, run.state()
        raise UsageError(
            f"The run {name!r} is not live; it is {state}.",
            "There is no worker that could be asked.",
            _how_to_go_on(name, is_complete=state == "finished"),
        )


def _how_to_go_on(name: str, *, is_complete: bool) -> str:
    command = f"ttgpt-tui train --resume {shlex.quote(name)}"
    if is_complete:
        return f"Give it more steps: {command} --set train.max_steps=N"
    return f"Go on with it: {command}"


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

"""Ask a run's worker for something, over a connection of its own, or end it by a signal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from typing import Any

from ttgpt.engine.commands import Command
from ttgpt.engine.errors import EnvironmentNotReady
from ttgpt.engine.host import processes
from ttgpt.engine.host.locks import Owner
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.worker import killing

from .link import WorkerLink

_CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 30.0
"""A worker answers between two steps, and a first step may take as long as this."""


async def ask(
    run: RunFolder, command: Command, *, seconds: float = ANSWER_SECONDS
) -> dict[str, Any]:
    """Send a command to the worker of a run and wait for its answer.

    Raises:
        WorkerGone: It cannot be reached.
        EnvironmentNotReady: It is suspended, or does not answer in time; a step may take long.
        TtgptError: It refused.
    """
    _check_awake(run)
    link = await WorkerLink.connect(
        run.socket_path(), log=run.log, alive=run.is_live, seconds=_CONNECT_SECONDS
    )
    try:
        return await asyncio.wait_for(link.request(command), seconds)
    except asyncio.TimeoutError:
        _check_awake(run)
        raise EnvironmentNotReady(
            f"The worker did not answer within {seconds:.0f} s.",
            "It answers between two steps; what was asked still counts.",
            "Wait for the end of the step.",
        ) from None
    finally:
        await link.close()


def _check_awake(run: RunFolder) -> None:
    owner = run.owner()
    if owner is not None and processes.is_suspended(owner.pid):
        raise EnvironmentNotReady(
            "The worker is suspended, and takes no commands.",
            f"Somebody stopped process {owner.pid} with a signal; it is where it was.",
            f"Let it go on: kill -CONT {owner.pid}",
        )


def kill_worker(run: RunFolder) -> Owner | None:
    """End the worker of a run that no longer answers; give the process, or None where none was.

    Raises:
        EnvironmentNotReady: It belongs to another user.
    """
    with _told_of_others(run):
        return killing.kill_worker(run)


def ask_by_signal(run: RunFolder, owner: Owner) -> None:
    """Have a worker that does not listen save and end.

    Raises:
        EnvironmentNotReady: It belongs to another user.
    """
    with _told_of_others(run), contextlib.suppress(ProcessLookupError):
        os.kill(owner.pid, signal.SIGTERM)


@contextlib.contextmanager
def _told_of_others(run: RunFolder) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        owner = run.owner()
        who = f"Process {owner.pid}" if owner is not None else "Its process"
        raise EnvironmentNotReady(
            "The worker cannot be ended from here.",
            f"{who} belongs to another user.",
            "Ask that user to end it, or whoever runs this host.",
        ) from error

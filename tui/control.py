"""Ask a run's worker for something, over a connection of its own."""

from __future__ import annotations

import asyncio
from typing import Any

from ttgpt.engine.commands import Command
from ttgpt.engine.errors import EnvironmentNotReady
from ttgpt.engine.runs.rundir import RunFolder

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
        EnvironmentNotReady: It does not answer in time; a step may take long.
        TtgptError: It refused.
    """
    path, alive = run.socket_path(), run.is_live
    link = await WorkerLink.connect(path, alive=alive, seconds=_CONNECT_SECONDS)
    try:
        return await asyncio.wait_for(link.request(command), seconds)
    except asyncio.TimeoutError:
        raise EnvironmentNotReady(
            f"The worker did not answer within {seconds:.0f} s.",
            "It answers between two steps; what was asked still counts.",
            "Wait for the end of the step.",
        ) from None
    finally:
        await link.close()

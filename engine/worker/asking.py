"""Ask a worker one thing over its socket and wait for the answer, without an event loop."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from ..commands import Command, Reply, Request, decode_answer
from ..errors import EnvironmentNotReady
from ..wire import DecodeError


def ask(path: Path, command: Command, seconds: float) -> dict[str, Any]:
    """Send a command and give its answer.

    Args:
        path: The worker's socket.
        command: What is asked.
        seconds: How long to wait.

    Raises:
        EnvironmentNotReady: The worker cannot be reached, or does not answer in time.
        TtgptError: It refused.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(seconds)
            link.connect(str(path))
            link.sendall(Request(1, command).encode())
            with link.makefile("rb") as lines:
                answer = decode_answer(lines.readline())
    except (OSError, DecodeError) as error:
        raise EnvironmentNotReady(
            "The worker does not answer.", f"{error}.", "If it is stalled, kill it first."
        ) from error
    if isinstance(answer, Reply) and answer.error is not None:
        raise answer.error
    return answer.result if isinstance(answer, Reply) else {}

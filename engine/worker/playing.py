"""A worker that only generates: started on demand, gone after an idle time."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .. import backends
from ..errors import EnvironmentNotReady, TtgptError
from ..locks import Lock, LockHeldError
from .loop import Loop
from .models import Models
from .player import PlayerFolder
from .process import StopFlag, rotate_log
from .server import Server

IDLE_SECONDS = 600.0


def main(folder: Path, stop: StopFlag) -> int:
    """Serve generation requests until nobody asks any more; the value is the exit code."""
    player = PlayerFolder(folder)
    lock = Lock(player.lock)
    try:
        lock.acquire("generation")
    except LockHeldError:
        return 0  # another start was quicker, and serves just as well
    rotate_log(player.log)
    try:
        with contextlib.ExitStack() as opened:
            _serve(player, stop, opened)
    except TtgptError as error:
        player.write_error(error)
        return error.exit_code
    finally:
        lock.release()
    return 0


def _serve(player: PlayerFolder, stop: StopFlag, opened: contextlib.ExitStack) -> None:
    backend = backends.get("auto")
    found = backend.probe()
    if not found.ok:
        raise EnvironmentNotReady("Cannot generate here.", found.reason, found.next_step)
    models = Models(backend.name)
    opened.callback(models.close)
    server = Server(player.socket_path())
    opened.callback(server.close)
    idle = float(os.environ.get("TTGPT_IDLE_SECONDS", IDLE_SECONDS))
    Loop(server, models, stop, idle_seconds=idle).run()

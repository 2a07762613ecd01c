"""A worker that only generates: started on demand, gone after an idle time."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .. import backends
from ..errors import EnvironmentNotReady, TtgptError
from ..host.locks import Lock, LockHeldError
from .device import taking_once
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
    backend = _writing_backend()
    found = backend.probe()
    if not found.ok:
        raise EnvironmentNotReady("Cannot generate here.", found.reason, found.next_step)
    take = taking_once("generation", opened)
    if backend.name == "ttml":
        take(backend.device())
    models = Models(backend.name, take=take)
    opened.callback(models.close)
    server = Server(player.socket_path())
    opened.callback(server.close)
    idle = float(os.environ.get("TTGPT_IDLE_SECONDS", IDLE_SECONDS))
    Loop(server, models, stop, idle_seconds=idle).run()


def _writing_backend() -> backends.Backend:
    """Take PyTorch where it is there: a card is left free for training.

    One process has the card at a time; it would keep a run from starting for as long as somebody
    may want more text, and it compiles for every checkpoint's shape.
    """
    torch = backends.get("torch")
    return torch if torch.probe().ok else backends.get("auto")

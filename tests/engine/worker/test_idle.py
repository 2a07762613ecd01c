"""A worker that only writes ends when nobody asks any more."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ttgpt.engine.worker import playing
from ttgpt.engine.worker.loop import Loop
from ttgpt.engine.worker.models import Models
from ttgpt.engine.worker.server import Server


def unraised() -> Any:
    """Give a flag that, unlike the true one, leaves this process's signals alone."""
    return SimpleNamespace(raised=False)


def test_it_ends_after_its_idle_time_and_not_before(home: Path) -> None:
    server, stop = Server(home / "s.sock"), unraised()
    try:
        Loop(server, Models("torch"), stop, idle_seconds=0.0).run()
        patient = threading.Thread(
            target=Loop(server, Models("torch"), stop, idle_seconds=3600.0).run
        )
        patient.start()
        patient.join(0.2)
        assert patient.is_alive()
        stop.raised = True
        patient.join()
    finally:
        server.close()


def test_the_idle_time_can_be_set(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []

    class Noted(Loop):
        def __init__(self, *given: object, idle_seconds: float) -> None:
            told.append(idle_seconds)

        def run(self) -> None:
            pass

    monkeypatch.setattr(playing, "Loop", Noted)
    for value in (None, "7"):
        if value is not None:
            monkeypatch.setenv("TTGPT_IDLE_SECONDS", value)
        assert playing.main(home / "player", unraised()) == 0
    assert told == [playing.IDLE_SECONDS, 7.0]

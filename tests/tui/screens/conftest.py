from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fake_worker import DRAWN_SEED, FakeWorker
from playing import playing
from saved_run import save_checkpoint
from textual.pilot import Pilot
from written_run import WrittenRun


@pytest.fixture(autouse=True)
def _drawn_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a text whose seed nobody chose have a known one."""
    monkeypatch.setattr("ttgpt.tui.play.text.any_seed", lambda: DRAWN_SEED)


@pytest.fixture
def run(home: Path) -> Iterator[WrittenRun]:
    """A finished run with two checkpoints."""
    run = WrittenRun(home, "stage1", live=False)
    run.folder.update(state="finished")
    save_checkpoint(run.folder.path, 500, val_loss=2.5)
    save_checkpoint(run.folder.path, 1000, val_loss=2.3, kind="final")
    yield run
    run.close()


@pytest.fixture
async def worker(home: Path) -> AsyncIterator[FakeWorker]:
    worker = FakeWorker("What say you")
    async with worker.as_player(home):
        yield worker


@pytest.fixture
async def pilot(home: Path) -> AsyncIterator[Pilot[None]]:
    async with playing(home) as pilot:
        yield pilot

"""What reaches the terminal: nothing when nothing changed, little when a figure did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate
from textual.pilot import Pilot
from written_run import WrittenRun, opened, step

from ttgpt.tui.app import TtgptApp
from ttgpt.tui.messages import RunChanged
from ttgpt.tui.settings import Settings
from ttgpt.tui.widgets.train.run_view import RunView


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch) -> list[CompositorUpdate]:
    """Whatever Textual would send to the terminal."""
    found: list[CompositorUpdate] = []
    render_update = Compositor.render_update

    def record(self: Compositor, *arguments: Any, **options: Any) -> Any:
        update = render_update(self, *arguments, **options)
        if isinstance(update, CompositorUpdate):
            found.append(update)
        return update

    monkeypatch.setattr(Compositor, "render_update", record)
    return found


@pytest.fixture
def run(home: Path) -> Iterator[WrittenRun]:
    made = WrittenRun(home)
    made.write(opened())
    made.train(1240)
    yield made
    made.close()


async def settled(app: TtgptApp, pilot: Pilot[None], last: int) -> None:
    """Wait until a step is on the screen and nothing is left to paint."""
    for _ in range(3000):
        if app.run_watch is not None and app.run_watch.state.step == last:
            break
        await pilot.pause(0.01)
    await pilot.pause()
    await app.workers.wait_for_complete(w for w in app.workers if w.group == "facts")
    await pilot.pause()


async def test_news_that_change_nothing_send_nothing(
    home: Path, run: WrittenRun, updates: list[CompositorUpdate]
) -> None:
    app = TtgptApp(home, Settings(repaint_rate=30, marker="braille"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot, 1240)
        assert app.run_watch is not None
        assert app.screen.query_one(RunView).display
        updates.clear()
        for _ in range(3):
            app.screen.post_message(RunChanged(app.run_watch.state))
            await pilot.pause()
        assert updates == []


async def test_a_logged_step_costs_about_a_kilobyte(
    home: Path, run: WrittenRun, updates: list[CompositorUpdate]
) -> None:
    app = TtgptApp(home, Settings(repaint_rate=30, marker="braille"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot, 1240)
        updates.clear()
        run.write(step(1241))
        await settled(app, pilot, 1241)
        assert updates
        assert all(isinstance(update, ChopsUpdate) for update in updates)
        sent = sum(len(update.render_segments(app.console).encode()) for update in updates)
        assert sent < 2000, "a whole screen is about 5,000 bytes"

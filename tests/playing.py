"""The app with Play in view, and what its tests look at."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from piloting import until
from textual.pilot import Pilot

from ttgpt.tui.app import TtgptApp
from ttgpt.tui.screens.playground import PlaygroundScreen
from ttgpt.tui.settings import Settings
from ttgpt.tui.widgets.key_line import KeyLine
from ttgpt.tui.widgets.play.play_line import PlayLine
from ttgpt.tui.widgets.play.writing import Writing

FAST = Settings(repaint_rate=30.0)
_SHORT = ("look", "verify", "vocabulary", "copy")


@contextlib.asynccontextmanager
async def playing(
    home: Path, size: tuple[int, int] = (80, 24), settings: Settings = FAST
) -> AsyncIterator[Pilot[None]]:
    """Run the app with Play in view."""
    app = TtgptApp(home, settings)
    async with app.run_test(size=size) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: isinstance(app.screen, PlaygroundScreen))
        await settled(pilot)
        yield pilot


async def settled(pilot: Pilot[None]) -> None:
    """Wait for what threads are reading or writing."""
    await pilot.pause()
    await until(pilot, lambda: not [w for w in pilot.app.workers if w.group in _SHORT])
    await pilot.pause()


def screen(pilot: Pilot[None]) -> PlaygroundScreen:
    assert isinstance(pilot.app.screen, PlaygroundScreen)
    return pilot.app.screen


def keys(pilot: Pilot[None]) -> dict[str, str]:
    return dict(pilot.app.screen.query_one(KeyLine).keys)


def line(pilot: Pilot[None]) -> str:
    return str(screen(pilot).query_one(PlayLine).render())


def text(pilot: Pilot[None]) -> str:
    return screen(pilot).query_one(Writing).written.text

"""What tests that drive the app with keys need: look at the screen, and wait for what it shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from support import WAIT_SECONDS
from textual.app import App
from textual.pilot import Pilot

from ttgpt.tui.app import TtgptApp
from ttgpt.tui.settings import Settings

FAST = Settings(marker="braille", repaint_rate=30)


def text_of(app: App[Any]) -> str:
    """Give what the screen shows, as plain text."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[None], condition: Callable[[], Any]) -> Any:
    """Let the app work until a condition gives something true, and give that."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, f"it never came; this is shown:\n{text_of(pilot.app)}"
        await pilot.pause(0.01)
    return found


async def until_shown(pilot: Pilot[None], words: str) -> str:
    """Wait until words are on the screen, and give the whole screen."""
    await until(pilot, lambda: words in text_of(pilot.app))
    return text_of(pilot.app)


def fall_silent(pilot: Pilot[None], seconds: float) -> None:
    """Let the app take the run that it watches for one of which nothing was heard for so long."""
    assert isinstance(pilot.app, TtgptApp)
    assert pilot.app.run_watch is not None
    watchdog = pilot.app.run_watch.watchdog
    state = pilot.app.run_watch.state
    watchdog._event_t = max(state.heard_at, state.phase_since)
    watchdog._heard -= seconds

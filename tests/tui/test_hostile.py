"""Whatever stands in the files of a home, no screen steers the terminal with it."""

from __future__ import annotations

from pathlib import Path

import hostile
import pytest
from piloting import FAST, text_of, until
from textual.pilot import Pilot

from ttgpt.tui.app import TtgptApp

KEYS = {
    "train": ("2", "3", "down", "n"),
    "run": ("3", "h", "s", "l"),
    "data": ("2", "down", "enter"),
    "play": ("4", "enter", "h", "enter"),
    "runs": ("5", "down", "enter", "c", "escape", "x", "escape"),
}


@pytest.mark.parametrize("keys", KEYS.values(), ids=list(KEYS))
async def test_no_screen_steers_the_terminal(home: Path, keys: tuple[str, ...]) -> None:
    run = hostile.fill(home)
    app = TtgptApp(home, FAST, attach=run)
    async with app.run_test(size=(110, 40)) as pilot:
        await settled(pilot)
        assert steering(app) == []
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
            assert steering(app) == [], key


async def settled(pilot: Pilot[None]) -> None:
    await pilot.pause()
    passing = ("follow", "doctor", "examine")
    await until(pilot, lambda: all(w.group in passing for w in pilot.app.workers))
    await pilot.pause()


def steering(app: TtgptApp) -> list[str]:
    return [c for c in text_of(app) if c != "\n" and not c.isprintable()]

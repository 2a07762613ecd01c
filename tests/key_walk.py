"""Every screen and dialog, every navigation key, at any size: what must not end the app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import scenes
from piloting import text_of, until
from textual import events
from textual.geometry import Size
from textual.pilot import Pilot

from ttgpt.tui.app import TtgptApp
from ttgpt.tui.screens.base import is_too_small

OPENED = {
    "1": "DoctorScreen",
    "2": "DataScreen",
    "3": "TrainScreen",
    "4": "PlaygroundScreen",
    "5": "RunsScreen",
    "3 colon": "Palette",
    "3 question_mark": "HelpScreen",
    "3 q": "Confirm",
    "3 e": "Adjust",
    "3 plus": "AskWords",
    "3 z o": "OverlayChoice",
    "1 m": "GlyphTest",
    "1 e": "WorkerForm",
    "4 h": "HistoryScreen",
    "4 p": "PromptPicker",
    "4 c": "CompareScreen",
    "5 d": "ConfigForm",
    "5 d y": "Shown",
    "5 m down m c": "CompareRuns",
}
"""The keys that open each, and what they open."""
_BY = "\N{MULTIPLICATION SIGN}"
KEYS = ["pageup", "pagedown", "up", "down", "left", "right", "home", "end", "tab", "shift+tab"]
SIZES = [(width, height) for width in (80, 20, 1) for height in range(1, 9)] + [(60, 18), (200, 60)]


async def walk(
    home: Path,
    opened: Mapping[str, str] = OPENED,
    sizes: Sequence[tuple[int, int]] = SIZES,
    closing: str = "escape",
) -> None:
    """Open each, press all keys at once and one by one at each size, then a last one thrice.

    Args:
        home: Holds a live run.
        opened: A part of `OPENED`.
        sizes: Columns and rows.
        closing: The last key: escape, enter or q.
    """
    for keys, name in opened.items():
        await _walk(home, keys.split(), name, sizes, closing)


async def _walk(
    home: Path, keys: Sequence[str], name: str, sizes: Sequence[tuple[int, int]], closing: str
) -> None:
    app = TtgptApp(home, scenes.SETTINGS)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.run_watch is not None and app.run_watch.state.step)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await until(pilot, lambda: type(app.screen).__name__ == name)
        for size in sizes:
            await pilot.resize_terminal(*size)
            await _burst(pilot, KEYS)
            if is_too_small(Size(*size)):
                notice = f"needs at least 60{_BY}18, this is {size[0]}{_BY}{size[1]}"
                assert "".join(text_of(app).split()) in notice.replace(" ", "")
                assert type(app.screen).__name__ == name
            else:
                await pilot.press(*KEYS)
        await pilot.resize_terminal(80, 24)
        await _burst(pilot, [closing] * 3)


async def _burst(pilot: Pilot[None], keys: Iterable[str]) -> None:
    """Press keys as they come from a terminal that was read late: before the first one acts."""
    for key in keys:
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
    await pilot.pause()

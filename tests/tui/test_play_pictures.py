"""Pictures of what Play does: `pytest --snapshot-update` renews them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import scenes
from fake_worker import FakeWorker
from piloting import text_of, until, until_shown
from playing import settled
from textual.pilot import Pilot

from ttgpt.engine.commands import Generate
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.play.choices import Choice
from ttgpt.tui.play.history import Entry, remember
from ttgpt.tui.play.progress import PlayProgress
from ttgpt.tui.play.text import PlayText

Act = Callable[[Pilot[None]], Awaitable[None]]

SPEECH = (
    "What say you to the king, my lord of\nYork? I am not yet so old but I may\nspeak.\n\n"
    "KING HENRY VI:\nWhat sa"
)


@pytest.fixture(autouse=True)
def _nailed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    scenes.nail_down(monkeypatch)
    monkeypatch.setattr(PlayProgress, "first_ms", 41.0)
    monkeypatch.setattr(PlayProgress, "tokens_per_s", 212.0)
    monkeypatch.setattr("ttgpt.tui.screens.compare.any_seed", lambda: 4711)
    monkeypatch.setattr("ttgpt.tui.play.text.any_seed", lambda: 4711)
    monkeypatch.setattr("ttgpt.tui.screens.history.age", lambda seconds: "2 h")


@pytest.fixture(autouse=True)
def _run(home: Path) -> Iterator[None]:
    run = scenes.older(home)
    yield
    run.close()


@pytest.fixture(params=[(80, 24), (120, 40)], ids=["80x24", "120x40"])
def matches(
    request: pytest.FixtureRequest, home: Path, snap_compare: Callable[..., bool]
) -> Callable[..., bool]:
    """Compare Play with its picture, once something was done there."""

    def compare(act: Act, tokens: int = len(SPEECH)) -> bool:
        there = contextlib.AsyncExitStack()

        async def play(pilot: Pilot[None]) -> None:
            worker = FakeWorker(SPEECH)
            await worker.allow(tokens)
            # It ends with the app's own loop: the picture is taken while the text still comes.
            await there.enter_async_context(worker.as_player(home))
            await pilot.press("4")
            await until_shown(pilot, "1,000 best final")
            await until_shown(pilot, "10.7 M")
            await act(pilot)
            await settled(pilot)

        app = TtgptApp(home, scenes.SETTINGS)
        return snap_compare(app, terminal_size=request.param, run_before=play)

    return compare


def test_writing(matches: Callable[..., bool]) -> None:
    async def write(pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        await until_shown(pilot, "What sa")
        await pilot.press(*["tab"] * 4, *"1.2", "enter")
        await until_shown(pilot, "0.80→1.20")
        await until_shown(pilot, f"{len(SPEECH)}/300  212 tokens/s")

    assert matches(write)


def test_why(matches: Callable[..., bool]) -> None:
    async def ask(pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        await until_shown(pilot, "What sa")
        await pilot.press("escape")
        await until_shown(pilot, "stopped")
        await pilot.press("w", *["left"] * 5)
        await until_shown(pilot, "cut top-k")
        await until_shown(pilot, "4 may be drawn")

    assert matches(ask)


def test_compare(matches: Callable[..., bool]) -> None:
    async def compare(pilot: Pilot[None]) -> None:
        await pilot.press("c")
        await until_shown(pilot, "Enter write all")
        await pilot.press("right", "up", "T", "T", "left", "enter")
        await until(pilot, lambda: text_of(pilot.app).count("300/300") == 2)
        await until_shown(pilot, "Enter write all")

    assert matches(compare, 600)


def test_history(matches: Callable[..., bool], home: Path) -> None:
    choice = Choice(Path("2026-11-20-071233-shakespeare-stage1"), "stage1", 1000, (), 2.3, "x")
    for prompt, text in (("JULIET:\n", "Not so, my lord.\n"), ("ROMEO:\n", SPEECH)):
        about = PlayText(choice, Generate(prompt, "x", seed=4711))
        remember(home, Entry.of(about, [text], now=time.time()))

    async def look(pilot: Pilot[None]) -> None:
        await pilot.press("h")
        await until_shown(pilot, "take these settings")
        await until_shown(pilot, "seed 4711")

    assert matches(look)

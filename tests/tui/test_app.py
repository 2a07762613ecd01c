"""What holds on every screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from piloting import FAST, text_of, until
from rich.color import Color
from textual.command import CommandPalette
from textual.events import Key
from written_run import WrittenRun, opened, step

from ttgpt.engine import events
from ttgpt.engine.runs.rundir import RunFolder, live_run
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.places import PLACES
from ttgpt.tui.screens.dialogs import Confirm, ErrorDialog
from ttgpt.tui.screens.frame import FramedScreen
from ttgpt.tui.screens.help import HelpScreen
from ttgpt.tui.settings import Settings
from ttgpt.tui.widgets.key_line import KeyLine


async def test_every_digit_leads_to_its_place(home: Path) -> None:
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        for place in reversed(PLACES):
            await pilot.press(place.digit)
            await until(pilot, lambda: isinstance(app.screen, FramedScreen))
            screen = app.screen
            assert isinstance(screen, FramedScreen)
            assert place.title == screen.PLACE
            assert f"{place.digit} {place.title}" in text_of(app).split("\n")[0]


async def test_without_a_run_q_quits_at_once(home: Path) -> None:
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Demo" in text_of(app))
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running)


async def test_while_a_run_trains_q_says_that_it_goes_on(home: Path) -> None:
    run = WrittenRun(home)
    run.write(opened(), step(10))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "10 / 3,000" in text_of(app))
        await pilot.press("q")
        await until(pilot, lambda: "Training goes on in the background." in text_of(app))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, Confirm))
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")
        await until(pilot, lambda: not app.is_running)
    assert run.folder.is_live()
    run.close()


async def test_help_tells_of_what_is_in_focus_and_of_the_keys(home: Path) -> None:
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 40)) as pilot:
        await until(pilot, lambda: "Enter start" in text_of(app))
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        shown = text_of(app)
        for words in ("Each preset is", "it goes on", "Quit", "reset", "F1", "Ctrl+P"):
            assert words in shown
        await pilot.press("escape")
        await until(pilot, lambda: "Enter start" in text_of(app))


async def test_the_palette_opens_where_editors_eat_ctrl_p(home: Path) -> None:
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Enter start" in text_of(app))
        await pilot.press("colon")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await until(pilot, lambda: "Go to Play" in text_of(app))


async def test_the_first_line_follows_the_run_on_every_screen(home: Path) -> None:
    run = WrittenRun(home, "a-rather-long-name-for-a-run")
    run.write(opened(), step(10, 4.0), step(20, 3.0))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: "a-rather-long-name-…" in text_of(app).split("\n")[0])
        run.write(events.Paused(20))
        await until(pilot, lambda: "…  paused" in text_of(app).split("\n")[0])
    run.close()


async def test_a_damaged_run_is_told_and_the_app_lives(home: Path) -> None:
    broken = home / "runs" / "2026-01-01-000000-x"
    broken.mkdir(parents=True)
    (broken / "run.json").write_text("{")
    app = TtgptApp(home, FAST, attach=RunFolder(broken))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ErrorDialog))
        assert "cannot be read" in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: "Demo" in text_of(app))


async def test_colours_change_between_dark_and_light(home: Path) -> None:
    app = TtgptApp(home, Settings(theme="light"))
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.theme == "ttgpt-light"
        app.action_colours()
        await pilot.pause()
        assert app.theme == "ttgpt-dark"


async def test_without_colours_everything_is_still_written(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Demo" in text_of(app))
        styles = {
            segment.style
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.style is not None
        }
        colours = {str(colour) for style in styles for colour in (style.color, style.bgcolor)}
        assert colours <= {"None", str(Color.default())}
        assert any(style.bold for style in styles)


async def test_keys_that_do_not_fit_give_way_to_help(home: Path) -> None:
    run = WrittenRun(home)
    run.train(500)
    run.write(opened(), step(10))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(60, 24)) as pilot:
        await until(pilot, lambda: "p pause" in text_of(app))
        keys = app.screen.query_one(KeyLine).keys
        assert keys[0] == ("p", "pause")
        assert keys[-1] == ("?", "help")
        assert sum(len(key) + len(word) + 3 for key, word in keys) - 2 <= 58
    run.close()


async def test_a_viewer_leaves_the_run_alone(home: Path) -> None:
    """Two apps on one run: both only read."""
    run = WrittenRun(home)
    run.write(opened(), step(10))
    before = {path: path.stat().st_mtime_ns for path in run.folder.path.rglob("*")}
    for _ in range(2):
        app = TtgptApp(home, FAST)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda app=app: "10 / 3,000" in text_of(app))  # type: ignore[misc]
    after = {path: path.stat().st_mtime_ns for path in run.folder.path.rglob("*")}
    assert before == after
    run.close()


async def test_a_key_that_comes_when_the_app_has_closed_does_nothing(home: Path) -> None:
    app = TtgptApp(home, Settings())
    async with app.run_test():
        pass
    await app.on_event(Key("x", "x"))


@pytest.mark.parametrize("keys", ["3", "4", "5", "4 h"])
async def test_what_is_not_read_yet_is_not_called_empty(
    home: Path, keys: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, in_thread = asyncio.Event(), asyncio.to_thread

    async def slowly(work: Callable[..., Any], *arguments: Any) -> Any:
        if work is not live_run:  # which the app waits for before it shows anything
            await disk.wait()
        return await in_thread(work, *arguments)

    monkeypatch.setattr(asyncio, "to_thread", slowly)
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys.split())
        await until(pilot, lambda: "eading " in text_of(app))
        assert not any(word in text_of(app) for word in ("Nothing", "none yet", "no runs"))
        disk.set()
        await until(pilot, lambda: "eading " not in text_of(app))

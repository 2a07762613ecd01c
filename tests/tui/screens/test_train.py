"""The Train screen in the whole app, with run folders written by hand and without a worker."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from piloting import FAST, text_of, until, until_shown
from support import WAIT_SECONDS
from written_run import WrittenRun, evaluated, opened, sample, step

from ttgpt.engine import commands, events
from ttgpt.engine.errors import EnvironmentNotReady, TtgptError
from ttgpt.engine.runs import starting
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.screens import run_actions
from ttgpt.tui.screens.dialogs import Confirm, ErrorDialog
from ttgpt.tui.screens.train import TrainScreen
from ttgpt.tui.widgets.train.numbers import Numbers


def app_of(home: Path, **options: Any) -> TtgptApp:
    return TtgptApp(home, FAST, **options)


@pytest.fixture
def run(home: Path) -> Iterator[WrittenRun]:
    made = WrittenRun(home)
    made.write(opened())
    made.train(1000)
    yield made
    made.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[commands.Command]:
    """What the screen asked of the worker."""
    found: list[commands.Command] = []

    async def ask(run: RunFolder, command: commands.Command) -> dict[str, Any]:
        found.append(command)
        return {}

    monkeypatch.setattr(run_actions, "ask", ask)
    return found


async def test_without_a_run_it_invites(home: Path) -> None:
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "▸ Demo")
        for words in ("Nothing was trained yet", "Enter start", "what to expect"):
            await until_shown(pilot, words)


async def test_a_live_run_is_there_at_once(home: Path, run: WrittenRun) -> None:
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        shown = await until_shown(pilot, "1,000 / 3,000")
        assert "384   10.7 M   torch cpu bfloat16" in shown
        assert "sample @1,000" in shown
        assert "p pause  s sample  k checkpoint  x stop" in shown
        run.write(step(1010))
        await until_shown(pilot, "1,010 / 3,000")


async def test_a_run_started_elsewhere_is_found(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ttgpt.tui.app._LOOK_FOR_RUNS", 0.01)
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "▸ Demo")
        run = WrittenRun(home, "elsewhere")
        run.write(opened())
        await until_shown(pilot, "elsewhere")
        await until_shown(pilot, "p pause")
        run.close()


async def test_keys_ask_the_worker(
    home: Path, run: WrittenRun, asked: list[commands.Command]
) -> None:
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "p pause")
        await pilot.press("p", "s", "k")
        await until(pilot, lambda: len(asked) == 3)
        assert asked == [commands.Pause(), commands.DrawSample(), commands.SaveCheckpoint()]
        run.write(events.Paused(1000, "asked"))
        await until_shown(pilot, "p resume")
        await pilot.press("p")
        await until(pilot, lambda: asked[3:] == [commands.Resume()])


async def test_stopping_is_asked_back_for(
    home: Path, run: WrittenRun, asked: list[commands.Command]
) -> None:
    app = app_of(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "p pause")
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("escape")
        await pilot.pause()
        assert asked == []
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")
        await until_shown(pilot, "stopping")
        assert asked == [commands.Stop()]
        assert "p pause" not in text_of(app)
        run.write(events.Finished(1000, "stopped"))
        await until_shown(pilot, "no whole checkpoint")


async def test_a_refusal_is_shown_and_the_app_lives(
    home: Path, run: WrittenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(run: RunFolder, command: commands.Command) -> dict[str, Any]:
        raise EnvironmentNotReady("The worker does not answer.", "No socket.", "Look at its log.")

    monkeypatch.setattr(run_actions, "ask", refuse)
    app = app_of(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "p pause")
        await pilot.press("s")
        shown = await until_shown(pilot, "Look at its log.")
        assert "No socket." in shown
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, TrainScreen))


async def test_samples_are_gone_through_and_marked(home: Path, run: WrittenRun) -> None:
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "sample @1,000")
        await pilot.press("left", "left")
        await until_shown(pilot, "sample @500  2 of 4")
        run.write(step(1010), sample(1010))
        await until_shown(pilot, "sample @500  2 of 5")
        await pilot.press("right", "right", "right")
        await until_shown(pilot, "sample @1,010 ")


async def test_the_axis_can_be_logarithmic(home: Path, run: WrittenRun) -> None:
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "1,000 / 3,000")
        await pilot.press("l")
        await until_shown(pilot, "loss, log axis")


async def test_a_crash_says_what_is_kept(
    home: Path, run: WrittenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ttgpt.tui.watching.watch._CHECK_EVERY", 0.01)
    run.folder.log.write_text("Killed\n")
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "1,000 / 3,000")
        run.vanish()
        shown = await until_shown(pilot, "kept  no whole checkpoint")
        assert "Killed" in shown
        assert "r resume  n new run" in await until_shown(pilot, "r resume")


async def test_a_finished_run_leads_to_the_gallery_and_back(home: Path, run: WrittenRun) -> None:
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        run.write(events.Finished(3000, "max_steps"))
        await until_shown(pilot, "finished   3,000 / 3,000")
        await pilot.press("n")
        shown = await until_shown(pilot, "last run: stage2")
        assert "▸ Demo" in shown
        await pilot.press("a")
        await until_shown(pilot, "finished   3,000 / 3,000")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that stands for a worker."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.fixture
def started(
    home: Path, monkeypatch: pytest.MonkeyPatch, sleeper: subprocess.Popen[bytes]
) -> Iterator[dict[str, WrittenRun]]:
    """Replace the engine's start: runs are written by hand; gives them by their presets."""
    made: dict[str, WrittenRun] = {}

    def start_run(
        home: Path, preset: Any, *, settings: Any, say: Callable[[str], None]
    ) -> starting.StartedRun:
        say("preparing harbour")
        made[preset.name] = WrittenRun(home, f"new-{preset.name}")
        return starting.StartedRun(made[preset.name].folder, sleeper)

    monkeypatch.setattr(starting, "start_run", start_run)
    yield made
    for run in made.values():
        run.close()


async def test_enter_starts_the_marked_preset_once(
    home: Path, started: dict[str, WrittenRun]
) -> None:
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "▸ Demo")
        await pilot.press("enter", "enter")
        await until_shown(pilot, "waits for the worker")
        assert list(started) == ["demo"]
        started["demo"].write(opened(), step(10))
        await until_shown(pilot, "10 / 3,000")


async def test_a_preset_can_be_started_from_the_command_line(
    home: Path, started: dict[str, WrittenRun]
) -> None:
    async with app_of(home, start_preset="keats").run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "new-keats")
        assert list(started) == ["keats"]


async def test_beside_a_live_run_nothing_is_started(
    home: Path, run: WrittenRun, started: dict[str, WrittenRun]
) -> None:
    async with app_of(home, start_preset="demo").run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "1,000 / 3,000")
        assert started == {}


async def test_leaving_does_not_wait_for_a_start(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def start_run(*_: object, settings: Any, say: Callable[[str], None]) -> None:
        say("downloading tiny-shakespeare")
        goes_on.wait(WAIT_SECONDS)
        raise TtgptError("too late")

    monkeypatch.setattr(starting, "start_run", start_run)
    app = app_of(home, start_preset="demo")
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "downloading tiny-shakespeare …")
        await until_shown(pilot, "▸ Demo")
        assert "downloading tiny-shakespeare …" in text_of(app)
        await pilot.press("q")
        await until_shown(pilot, "leaving drops it")
        await pilot.press("enter")
        await until(pilot, lambda: not app.is_running)
    assert not goes_on.is_set()
    goes_on.set()


async def test_what_cannot_start_says_why(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start_run(*_: object, **__: object) -> None:
        raise TtgptError("The device cpu is in use.", "By run x.", "Stop it first.")

    monkeypatch.setattr(starting, "start_run", start_run)
    app = app_of(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "▸ Demo")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ErrorDialog))
        assert "By run x." in text_of(app)
        await pilot.press("escape")
        await until_shown(pilot, "Enter start")


async def test_a_crashed_run_goes_on(
    home: Path,
    run: WrittenRun,
    sleeper: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ttgpt.tui.watching.watch._CHECK_EVERY", 0.01)

    def resume_run(
        home: Path, folder: RunFolder, *, settings: Any, say: Callable[[str], None]
    ) -> starting.StartedRun:
        say("starting the worker")
        return starting.StartedRun(folder, sleeper)

    monkeypatch.setattr(starting, "resume_run", resume_run)
    app = app_of(home)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "1,000 / 3,000")
        run.vanish()
        await until_shown(pilot, "r resume")
        await pilot.press("r")
        await until_shown(pilot, "waits for the worker")
        run.write(opened(steps_done=500), step(510), evaluated(510))
        shown = await until_shown(pilot, "510 / 3,000")
        assert "resumed" in shown


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40), (300, 100)])
async def test_it_fits(home: Path, run: WrittenRun, size: tuple[int, int]) -> None:
    app = app_of(home)
    async with app.run_test(size=size) as pilot:
        await until_shown(pilot, "1,000 / 3,000")
        rows = text_of(app).split("\n")
        assert len(rows) == size[1]
        assert all(len(row) == size[0] for row in rows)
        assert "? help" in rows[-1]
        assert app.screen.query_one(Numbers).size.width >= 26


async def test_too_small_says_so(home: Path, run: WrittenRun) -> None:
    app = app_of(home)
    async with app.run_test(size=(59, 24)) as pilot:
        await until_shown(pilot, "needs at least 60")
        await pilot.resize_terminal(80, 17)
        await until_shown(pilot, "needs at least 60")
        await pilot.resize_terminal(1, 1)
        await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await until_shown(pilot, "1,000 / 3,000")

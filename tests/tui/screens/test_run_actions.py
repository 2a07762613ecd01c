"""What people do with a run, on the screen: adjust it, go back, end a silent worker."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from piloting import FAST, fall_silent, text_of, until, until_shown
from saved_run import save_checkpoint
from textual.pilot import Pilot
from textual.widgets import Input
from written_run import WrittenRun, opened, step

from ttgpt.engine import commands, events, presets
from ttgpt.engine.errors import EnvironmentNotReady
from ttgpt.engine.host.locks import Owner
from ttgpt.engine.runs import going_back, starting
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.runs.starting import StartedRun
from ttgpt.tui.adjusting import Live
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.screens import run_actions
from ttgpt.tui.screens.adjust import Adjust
from ttgpt.tui.screens.dialogs import Confirm
from ttgpt.tui.screens.going_back import GoingBack
from ttgpt.tui.screens.train import TrainScreen
from ttgpt.tui.watching.state import RunState
from ttgpt.tui.widgets.train.run_view import RunView
from ttgpt.tui.widgets.train.sample_view import SampleView

BROKEN = events.Health(
    "diverging", "error", 1000, "diverging since step 900", "loss 9.10; it was 1.7", "Go back.", 900
)


@pytest.fixture
def run(home: Path) -> Iterator[WrittenRun]:
    made = WrittenRun(home)
    for number in (500, 1000):
        save_checkpoint(made.folder.path, number)
    made.write(opened())
    made.train(1000)
    yield made
    made.close()


class Worker:
    """Answers what the screen asks, as the test says."""

    def __init__(self) -> None:
        self.asked: list[commands.Command] = []
        self.status: dict[str, Any] = {}
        self.is_silent = False

    async def ask(
        self, run: RunFolder, command: commands.Command, *, seconds: float = 30.0
    ) -> dict[str, Any]:
        self.asked.append(command)
        if self.is_silent:
            raise EnvironmentNotReady("The worker did not answer.", "", "")
        return self.status


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    made = Worker()
    monkeypatch.setattr(run_actions, "ask", made.ask)
    return made


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that stands for a worker."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def app_of(home: Path) -> TtgptApp:
    return TtgptApp(home, FAST)


def state_of(pilot: Pilot[None]) -> RunState:
    assert isinstance(pilot.app, TtgptApp)
    assert pilot.app.run_watch is not None
    return pilot.app.run_watch.state


async def open_adjust(pilot: Pilot[None]) -> None:
    await until_shown(pilot, "e adjust")
    await pilot.press("e")
    await until(pilot, lambda: isinstance(pilot.app.screen, Adjust))


async def test_in_the_smallest_terminal_the_form_says_what_is_wrong_and_its_keys(
    home: Path, run: WrittenRun, worker: Worker
) -> None:
    async with app_of(home).run_test(size=(60, 18)) as pilot:
        await until_shown(pilot, "p pause")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, Adjust))
        await pilot.press("up", "x")
        assert "Enter apply" in await until_shown(pilot, "does not fit")


async def test_only_what_was_changed_is_sent(home: Path, run: WrittenRun, worker: Worker) -> None:
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await open_adjust(pilot)
        for words in ("temperature      0.8", "steps in all     3000", "×  1 "):  # noqa: RUF001
            await until_shown(pilot, words)
        assert not any(field.cursor_blink for field in pilot.app.screen.query(Input))
        await pilot.press("down", "down", *"1.2")  # what is typed replaces what stands there
        assert "was 0.8" in await until_shown(pilot, "was 0.8")
        await pilot.press("enter")
        await until(pilot, lambda: worker.asked)
        assert worker.asked == [commands.Set("sample.temperature", 1.2)]


async def test_what_does_not_fit_is_said_while_typing(
    home: Path, run: WrittenRun, worker: Worker
) -> None:
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await open_adjust(pilot)
        await pilot.press("up", "up", "end", *["backspace"] * 8, *"10")
        shown = await until_shown(pilot, "does not fit")
        assert "The run is past that." in shown
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Adjust)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, TrainScreen))
        assert worker.asked == []


async def test_ending_without_saving_is_asked_back_for(
    home: Path, run: WrittenRun, worker: Worker
) -> None:
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "e adjust")
        await pilot.press("a")
        await until_shown(pilot, "Steps after the newest checkpoint are lost")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, TrainScreen))
        assert worker.asked == []
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("enter")
        await until(pilot, lambda: worker.asked == [commands.Abort()])


async def test_a_broken_run_offers_the_checkpoint_from_before(
    home: Path,
    run: WrittenRun,
    sleeper: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    went: list[tuple[int, float]] = []

    def go_back(home: Path, run: RunFolder, step: int, lr_scale: float, *, say: Any) -> StartedRun:
        went.append((step, lr_scale))
        return StartedRun(run, sleeper)

    monkeypatch.setattr(going_back, "go_back", go_back)
    run.write(BROKEN, events.Paused(1000, "the loss diverges"))
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        shown = await until_shown(pilot, "kept  checkpoint 500, from before that")
        assert "what  diverging since step 900: loss 9.10; it was 1.7" in shown
        await until_shown(pilot, "b go back")
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, GoingBack))
        shown = await until_shown(pilot, "Go back to checkpoint 500?")
        assert "500 steps are done anew" in " ".join(shown.split())
        await pilot.press("left", "enter")
        await until(pilot, lambda: went)
        assert went == [(500, 0.45)]
        run.write(opened(steps_done=500), step(510))
        await until_shown(pilot, "510 / 3,000")
        await until(pilot, lambda: "diverging" not in text_of(pilot.app))


async def test_without_a_checkpoint_from_before_it_says_so(home: Path, run: WrittenRun) -> None:
    early = events.Health("not_finite", "error", 400, "not finite since step 400", since=400)
    run.write(early, events.Paused(1000, "the loss is not finite"))
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        shown = await until_shown(pilot, "no checkpoint from before that")
        assert "begin anew with a lower learning rate" in shown
        assert "b go back" not in shown


async def test_a_silent_worker_can_be_killed(
    home: Path, run: WrittenRun, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[RunFolder] = []

    def kill(folder: RunFolder) -> Owner | None:
        killed.append(folder)
        run.vanish()
        return None

    monkeypatch.setattr(run_actions, "kill_worker", kill)
    monkeypatch.setattr("ttgpt.tui.watching.watch._CHECK_EVERY", 0.01)
    worker.is_silent = True
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "1,000 / 3,000")
        run.write(step(1010))
        await until_shown(pilot, "1,010 / 3,000")
        fall_silent(pilot, 3600)
        shown = await until_shown(pilot, "x kill")
        assert "no step for " in shown
        assert "does not answer" in await until_shown(pilot, "does not answer")
        assert worker.asked == [commands.Status()]
        await pilot.press("x")
        await until_shown(pilot, "Kill the worker?")
        await pilot.press("enter")
        await until_shown(pilot, "r resume")
        assert len(killed) == 1


async def test_a_worker_that_cannot_be_killed_is_told(
    home: Path, run: WrittenRun, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: RunFolder) -> None:
        raise EnvironmentNotReady("The worker cannot be ended from here.")

    monkeypatch.setattr(run_actions, "kill_worker", refuse)
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "1,000 / 3,000")
        pilot.app.screen.query_one(RunView).post_message(RunView.KillWanted())
        await until_shown(pilot, "Kill the worker?")
        await pilot.press("enter")
        await until_shown(pilot, "The worker cannot be ended from here.")
        await pilot.press("escape")
        await until(pilot, lambda: "ending the worker" not in text_of(pilot.app))


async def test_a_worker_that_answers_is_not_stalled(
    home: Path, run: WrittenRun, worker: Worker
) -> None:
    worker.status = {"waiting_for_disk": True}
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "1,000 / 3,000")
        fall_silent(pilot, 3600)
        await until(pilot, lambda: worker.asked == [commands.Status()])
        await until(pilot, lambda: state_of(pilot).phase == "training")
        await until_shown(pilot, "waits for disk space")


async def test_a_live_run_is_given_more_steps(home: Path, run: WrittenRun, worker: Worker) -> None:
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "1,000 / 3,000")
        await pilot.press("+")
        await until_shown(pilot, "It is at step 1,000 of 3,000.")
        await pilot.press("end", *["backspace"] * 6, *"900")
        await until_shown(pilot, "It has done 1,000 already")
        await pilot.press("enter", "end", *["backspace"] * 6, *"5,000", "enter")
        await until(pilot, lambda: worker.asked == [commands.Set("train.max_steps", 5000)])


async def test_a_finished_run_goes_on_with_more_steps(
    home: Path,
    run: WrittenRun,
    sleeper: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    went: list[dict[str, str]] = []

    def resume_run(home: Path, run: RunFolder, *, settings: dict[str, str], say: Any) -> StartedRun:
        went.append(settings)
        return StartedRun(run, sleeper)

    monkeypatch.setattr(starting, "resume_run", resume_run)
    async with app_of(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "1,000 / 3,000")
        run.write(events.Finished(3000, "max_steps"))
        await until_shown(pilot, "+ gives it more steps")
        await pilot.press("+")
        await until_shown(pilot, "6000")
        await pilot.press("enter")
        await until(pilot, lambda: went == [{"train.max_steps": "6000"}])


@pytest.mark.parametrize("size", [(60, 18), (80, 24)])
async def test_two_steps_fit_beside_what_broke(
    home: Path, run: WrittenRun, size: tuple[int, int]
) -> None:
    run.write(BROKEN, events.Paused(1000, "the loss diverges"))
    app = app_of(home)
    async with app.run_test(size=size) as pilot:
        await until_shown(pilot, "kept  checkpoint 500")
        await pilot.press("c")
        shown = await until_shown(pilot, "sample @250")
        assert "sample @1,000" in shown
        assert app.screen.region.contains_region(app.screen.query_one(SampleView).region)


async def test_a_field_that_nobody_touched_is_not_judged(home: Path) -> None:
    config = presets.load("demo").config.with_settings({"sample.prompts": [""]})
    found: list[object] = []
    async with TtgptApp(home, FAST).run_test(size=(80, 24)) as pilot:
        await pilot.app.push_screen(Adjust(Live(config, 1.0, 5, 3000)), found.append)
        await pilot.press("end", "x")
        await until_shown(pilot, "was ")
        await pilot.press("backspace", "enter")
        await until(pilot, lambda: found)
    assert found == [[]]

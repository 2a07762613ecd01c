"""The app from the keys down to a true worker that trains the tiny preset."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from piloting import text_of, until, until_shown
from support import TINY_PRESET, events_of, finish, start_tiny
from textual.pilot import Pilot

from ttgpt.engine import events, presets
from ttgpt.engine.runs.rundir import list_runs
from ttgpt.engine.worker.player import PlayerFolder
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.screens.adjust import Adjust
from ttgpt.tui.settings import Settings
from ttgpt.tui.watching.state import RunState
from ttgpt.tui.widgets.chart.loss_chart import LossChart
from ttgpt.tui.widgets.play.changes_list import ChangesList
from ttgpt.tui.widgets.play.checkpoint_table import CheckpointTable
from ttgpt.tui.widgets.play.play_line import PlayLine
from ttgpt.tui.widgets.play.writing import Writing
from ttgpt.tui.widgets.slider import Slider

CALM = Settings(marker="braille", repaint_rate=8)
_ENDLESS = {
    "max_steps: 40": "max_steps: 1000000",
    "checkpoint_interval: 10": "checkpoint_interval: 100",
}


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """The tiny preset, without an end in sight."""
    text = TINY_PRESET
    for finite, longer in _ENDLESS.items():
        assert finite in text
        text = text.replace(finite, longer)
    path = tmp_path / "endless.yaml"
    path.write_text(text)
    return path


def app_on(home: Path, preset: Path | None = None) -> TtgptApp:
    return TtgptApp(home, CALM, start_preset=None if preset is None else str(preset))


def state_of(pilot: Pilot[None]) -> RunState:
    assert isinstance(pilot.app, TtgptApp)
    assert pilot.app.run_watch is not None
    return pilot.app.run_watch.state


def is_past(pilot: Pilot[None], step: int) -> Callable[[], bool]:
    return lambda: state_of(pilot).step > step


def written(pilot: Pilot[None]) -> int:
    return len(pilot.app.screen.query_one(Writing).written.text)


def chart(pilot: Pilot[None]) -> list[str]:
    widget = pilot.app.screen.query_one(LossChart)
    return [line.plain for line in widget.draw(*widget.size)]


async def test_from_the_gallery_to_a_stopped_run(
    home: Path, endless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = presets.load(str(endless))
    monkeypatch.setattr(presets, "names", lambda: [tiny.name])
    monkeypatch.setattr(presets, "load", lambda name: tiny)
    async with app_on(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "▸ Tiny test")
        await pilot.press("enter")
        await until_shown(pilot, "training")
        await until(pilot, lambda: state_of(pilot).samples and is_past(pilot, 60)())
        shown = await until_shown(pilot, "sample @")
        assert "MARTHA:" in shown
        assert "guessing, ln 63" in shown
        assert state_of(pilot).best is not None

        await pilot.press("p")
        await until_shown(pilot, "p resumes")
        held = state_of(pilot).step
        assert f"paused     {held}" in text_of(pilot.app).replace(",", "")
        await sample_and_look_back(pilot)
        await change_it(pilot)
        await pilot.press("p")
        await until(pilot, is_past(pilot, held))
        newest = state_of(pilot).newest
        assert newest is not None
        assert newest.lr == pytest.approx(0.5e-2, rel=0.02)
        await pilot.press("k")
        await until(pilot, lambda: "asked" in {c.kind for c in state_of(pilot).checkpoints})

        await pilot.press("x")
        await until_shown(pilot, "Stop training?")
        await pilot.press("enter")
        shown = await until_shown(pilot, "whole: nothing is lost")
        assert state_of(pilot).phase == "stopped"
        assert f"kept  checkpoint {state_of(pilot).step}" in shown.replace(",", "")


async def sample_and_look_back(pilot: Pilot[None]) -> None:
    """Ask a paused run for a sample, scrub, and put two steps side by side."""
    samples = len(state_of(pilot).samples)
    await pilot.press("s")
    await until(pilot, lambda: len(state_of(pilot).samples) > samples)
    first, last = state_of(pilot).samples[0].step, state_of(pilot).samples[-1].step
    assert last == state_of(pilot).step
    await until_shown(pilot, f"sample @{last:,}")
    newest_mark = chart(pilot)[-1].index("▲")
    await pilot.press(*["left"] * samples)
    await until_shown(pilot, f"sample @{first:,}  1 of ")
    assert chart(pilot)[-1].index("▲") < newest_mark
    await pilot.press("c")
    shown = await until_shown(pilot, f"sample @{last:,}")
    [both] = [line for line in shown.split("\n") if f"sample @{last:,}" in line]
    assert f"sample @{first:,}" in both
    await pilot.press("c")


async def change_it(pilot: Pilot[None]) -> None:
    """Give a run another temperature, more steps and half the learning rate."""
    await pilot.press("e")
    await until(pilot, lambda: isinstance(pilot.app.screen, Adjust))
    for moves, typed in ((2, "1.1"), (6, "2000000"), (1, "0.5")):
        await pilot.press(*["down"] * moves, "end", *["backspace"] * 8, *typed)
    await pilot.press("enter")
    await until(pilot, lambda: state_of(pilot).max_steps == 2_000_000)
    await until_shown(pilot, "2,000,000")
    assert isinstance(pilot.app, TtgptApp)
    assert pilot.app.run_watch is not None
    changed = await until(
        pilot,
        lambda: len(found := events_of(pilot.app.run_watch.run, events.Setting)) == 3 and found,  # type: ignore[attr-defined]
    )
    assert [(one.name, one.new) for one in changed] == [
        ("sample.temperature", 1.1),
        ("train.max_steps", 2_000_000),
        ("train.lr_scale", 0.5),
    ]


async def test_from_an_edited_preset_to_the_trash(
    home: Path, endless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = presets.load(str(endless))
    monkeypatch.setattr(presets, "names", lambda: [tiny.name])
    monkeypatch.setattr(presets, "load", lambda name: tiny)
    async with app_on(home).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "▸ Tiny test")
        await pilot.press("e")
        await until_shown(pilot, "as in the preset")
        await pilot.press("tab", "enter", *"5", "enter")  # batch_size, the first of its section
        await until_shown(pilot, "batch_size          5  (4)")
        await pilot.press("s")
        await until(pilot, lambda: pilot.app.run_watch is not None)  # type: ignore[attr-defined]
        await until(pilot, is_past(pilot, 0))
        [run] = list_runs(home)
        assert run.config().train.batch_size == 5

        await pilot.press("5")
        shown = await until_shown(pilot, "train.batch_size  5   (4)")
        assert "training" in shown
        await pilot.press("x")
        await until_shown(pilot, "Stop endless?")
        await pilot.press("enter")
        await until_shown(pilot, "somebody stopped it")
        stopped_at = state_of(pilot).step

        await pilot.press("r")
        await until(pilot, lambda: pilot.app.current_mode == "Train")
        await until(pilot, lambda: state_of(pilot).restarts and is_past(pilot, stopped_at)())
        await pilot.press("x")
        await until_shown(pilot, "Stop training?")
        await pilot.press("enter")
        await until(pilot, lambda: state_of(pilot).phase == "stopped")
        await until(pilot, lambda: run.owner() is None)

        await pilot.press("5")
        await until_shown(pilot, "x delete")
        await pilot.press("x")
        await until_shown(pilot, "Delete endless?")
        await pilot.press("enter")
        await until_shown(pilot, "is in the trash")
        assert list_runs(home) == []
        assert (home / "trash" / run.path.name / "checkpoints").is_dir()
        await pilot.press("3")
        await until_shown(pilot, "▸ Tiny test")


async def test_a_killed_worker_is_told_and_r_goes_on(home: Path, endless: Path) -> None:
    async with app_on(home, endless).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "training")
        await until(pilot, lambda: state_of(pilot).checkpoints)
        [run] = list_runs(home)
        os.kill(run.info().pid, signal.SIGKILL)
        shown = await until_shown(pilot, "kept  checkpoint")
        assert "by signal 9 without a word: killed" in shown
        before = state_of(pilot).checkpoints[-1].step
        await pilot.press("r")
        await until(pilot, lambda: state_of(pilot).restarts)
        await until(pilot, is_past(pilot, before + 20))
        assert "resumed" in await until_shown(pilot, "training")


async def test_another_app_shows_the_same_whole_curve(home: Path) -> None:
    finish(started := start_tiny(home))
    shown = []
    for _ in range(2):
        app = TtgptApp(home, CALM, attach=started.run)
        async with app.run_test(size=(80, 24)) as pilot:
            await until_shown(pilot, "finished   40 / 40")
            await until_shown(pilot, "letter pairs")
            await until_shown(pilot, "4 plays with it")  # which takes its rows from the chart
            steps = [step for step, _ in state_of(pilot).raw.points]
            assert steps == [1, *range(5, 41, 5)]
            shown.append(chart(pilot))
    assert shown[0] == shown[1]


async def test_the_playground_streams_beside_the_training(home: Path, endless: Path) -> None:
    async with app_on(home, endless).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "training")
        await pilot.press("k")
        await until(pilot, lambda: "asked" in {c.kind for c in state_of(pilot).checkpoints})
        await pilot.press("4")
        await until(pilot, lambda: isinstance(pilot.app.focused, CheckpointTable))
        table = pilot.app.screen.query_one(CheckpointTable)
        assert table.choices[0].is_live
        # Others come and go while it trains; one that was asked for is kept.
        await until(pilot, lambda: any("asked" in choice.marks for choice in table.choices))
        while table.chosen is None or "asked" not in table.chosen.marks:
            await pilot.press("down")

        # Long enough that the sliders can be reached while it writes.
        await pilot.press(*["tab"] * 8, *"100000", "enter", "escape", "enter")
        await until(pilot, lambda: written(pilot) > 20)
        pilot.app.screen.query(Slider).first().focus()
        await pilot.press(*"1.5", "enter")
        changes = pilot.app.screen.query_one(ChangesList)
        [change] = await until(pilot, lambda: changes.changes)
        assert (change.name, change.new) == ("temperature", "1.50")
        before = written(pilot)
        await until(pilot, lambda: written(pilot) > before + 20)
        await until_shown(pilot, "training slows by about")

        await pilot.press("escape")
        line = pilot.app.screen.query_one(PlayLine)
        await until(pilot, lambda: "stopped" in str(line.render()))
        assert is_past(pilot, 0)()
        before = written(pilot)
        await until(pilot, is_past(pilot, state_of(pilot).step))
        assert written(pilot) == before


async def test_a_player_killed_in_mid_text_is_a_line_and_the_next_text_comes(home: Path) -> None:
    started = start_tiny(home, train__max_steps=10)
    assert finish(started) == 0
    player = PlayerFolder(home / "player")
    async with app_on(home).run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: isinstance(pilot.app.focused, CheckpointTable))
        await pilot.press(*["tab"] * 8, *"100000", "enter", "escape", "enter")
        await until(pilot, lambda: written(pilot) > 20)
        owner = player.owner()
        assert owner is not None
        os.kill(owner.pid, signal.SIGKILL)
        await until_shown(pilot, "The worker does not answer.")
        kept = written(pilot)
        assert kept > 20
        await pilot.press("enter")
        await until_shown(pilot, "tokens/s")
        await until(pilot, lambda: written(pilot) > 0)
        await pilot.press("escape")
        await until_shown(pilot, "stopped")
    again = player.owner()
    if again is not None:
        os.kill(again.pid, signal.SIGKILL)

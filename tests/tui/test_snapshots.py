"""Pictures of the app, to be looked at when they change: `pytest --snapshot-update` renews them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import scenes
import troubled_scenes
from piloting import fall_silent, until, until_shown
from textual.pilot import Pilot
from written_run import WrittenRun

from ttgpt.tui.app import TtgptApp

Compare = Callable[..., bool]
Wait = Callable[[Pilot[None]], Awaitable[None]]
SIZES = [(80, 24), (120, 40)]


@pytest.fixture(autouse=True)
def _nailed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    scenes.nail_down(monkeypatch)
    troubled_scenes.nail_down(monkeypatch)


@pytest.fixture(params=SIZES, ids=["80x24", "120x40"])
def matches(
    request: pytest.FixtureRequest, home: Path, snap_compare: Compare
) -> Callable[[Wait], bool]:
    """Compare the app on this home with its picture, once something is on the screen."""

    def compare(wait: Wait) -> bool:
        app = TtgptApp(home, scenes.SETTINGS)
        return snap_compare(app, terminal_size=request.param, run_before=wait)

    return compare


@pytest.fixture
def runs() -> Iterator[list[WrittenRun]]:
    """Runs to let go of in the end."""
    made: list[WrittenRun] = []
    yield made
    for run in made:
        run.close()


FITTED = "│ saved "
"""The last figure: it shows once the others have given way to the words below."""


def shown(*words: str) -> Wait:
    async def wait(pilot: Pilot[None]) -> None:
        for part in words:
            await until_shown(pilot, part)
        await settled(pilot)

    return wait


async def settled(pilot: Pilot[None]) -> None:
    """Wait for what is still being read from disk."""
    await pilot.pause()
    reading = ("facts", "gallery", "plan", "look", "detail", "histories", "sources")
    reading += ("vocabulary",)
    await until(pilot, lambda: not [w for w in pilot.app.workers if w.group in reading])
    await pilot.pause()


def test_gallery(matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]) -> None:
    runs.append(scenes.older(home))
    assert matches(shown("▸ Demo", "last run: shakespeare-stage1"))


def test_learning(matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]) -> None:
    runs.append(scenes.training(home))
    assert matches(shown("1,840 / 3,000", "nanogpt", "ROMEO"))


def test_paused(matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]) -> None:
    runs.append(scenes.paused(home))
    assert matches(shown("p resumes", "p resume", "nanogpt"))


def test_finished(matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]) -> None:
    runs.append(scenes.finished(home))

    async def look_at_it(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "last run")
        await pilot.press("a")
        await shown("finished   3,000 / 3,000", "nanogpt", "n new run")(pilot)

    assert matches(look_at_it)


def test_crashed(matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]) -> None:
    run = scenes.saved_until(scenes.training(home), 1000, 1500)
    runs.append(run)

    async def vanish(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "1,840 / 3,000")
        run.vanish()
        await shown("without a word", "kept  checkpoint 1,500", "r resume")(pilot)

    assert matches(vanish)


def test_compiling(matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]) -> None:
    runs.append(troubled_scenes.compiling(home))
    assert matches(shown("compiling", "the training step, 150 s", "nanogpt"))


def test_plateau(matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]) -> None:
    runs.append(troubled_scenes.plateau(home))
    assert matches(shown("2,000 / 3,000", "plateau since step 750", "nanogpt", FITTED))


def test_overfitting(matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]) -> None:
    runs.append(troubled_scenes.overfitting(home))
    assert matches(shown("2,000 / 3,000", "Stop and use step 750", "nanogpt", FITTED))


def test_not_finite(matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]) -> None:
    runs.append(troubled_scenes.not_finite(home))
    assert matches(
        shown("paused", "b goes back to it", "kept  checkpoint 1,000", "b go back", FITTED)
    )


def test_stalled(matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]) -> None:
    runs.append(scenes.saved_until(scenes.training(home), 1000, 1500))

    async def stall(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "1,840 / 3,000")
        fall_silent(pilot, troubled_scenes.SILENT_SECONDS)
        await shown("no step for 2:30", "process 4242", "kept  checkpoint 1,500", "x kill", FITTED)(
            pilot
        )

    assert matches(stall)


def test_two_steps_side_by_side(
    matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]
) -> None:
    runs.append(scenes.training(home))

    async def compare(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "1,840 / 3,000")
        await pilot.press("c")
        await shown("sample @250", "sample @1,750", "nanogpt")(pilot)

    assert matches(compare)


def test_playground(matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]) -> None:
    scenes.with_text(home)
    runs.append(scenes.older(home))
    runs.append(scenes.saved_until(scenes.training(home, "stage2"), 1500, 1750))

    async def play(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "1,840 / 3,000")
        await pilot.press("4")
        await shown("1,840 live", "1,750 best last", "0/256", "Enter generate")(pilot)

    assert matches(play)


def test_gallery_with_an_estimate(matches: Callable[[Wait], bool], home: Path) -> None:
    scenes.tried(home)
    assert matches(shown("▸ Demo", "from 20 steps"))


def test_form(matches: Callable[[Wait], bool], home: Path) -> None:
    async def change(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "▸ Demo")
        await pilot.press("e")
        await until_shown(pilot, "as in the preset")
        await pilot.press("down", "down", "enter", *"7", "enter")
        await shown("1 changed", "takes an equal share", "!n_head")(pilot)

    assert matches(change)


def test_form_while_typing(matches: Callable[[Wait], bool], home: Path) -> None:
    scenes.tried(home)

    async def change(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "▸ Demo")
        await pilot.press("e")
        await until_shown(pilot, "as in the preset")
        await pilot.press("tab", "down", "down", "enter", *"0")
        await shown("It must be at least 1", "277 ms a step")(pilot)

    assert matches(change)


def test_no_runs(matches: Callable[[Wait], bool], home: Path) -> None:
    async def look(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "▸ Demo")
        await pilot.press("5")
        await shown("There are no runs")(pilot)

    assert matches(look)


def test_all_runs_deleted(
    matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]
) -> None:
    runs.append(scenes.older(home))

    async def delete(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "▸ Demo")
        await pilot.press("5")
        await until_shown(pilot, "x delete")
        await pilot.press("x")
        await until_shown(pilot, "Delete shakespeare-stage1?")
        await pilot.press("enter")
        await shown("There are no runs", "u undelete", "is in the trash")(pilot)

    assert matches(delete)


def test_runs(matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]) -> None:
    runs += scenes.several(home)

    async def look(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "1,840 / 3,000")
        await pilot.press("5")
        await until_shown(pilot, "4 runs")
        await pilot.press("down", "m", "m")
        await shown("keats   finished", "c compare", "train.batch_size")(pilot)
        await pilot.press("up")
        await shown("nano-trickster   crashed", "resume loses 120")(pilot)

    assert matches(look)


def test_compare(matches: Callable[[Wait], bool], home: Path, runs: list[WrittenRun]) -> None:
    runs += scenes.several(home)

    async def compare(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "1,840 / 3,000")
        await pilot.press("5")
        await until_shown(pilot, "4 runs")
        await pilot.press("m", "m", "m", "c")
        await shown("C nano-trickster", "over steps")(pilot)

    assert matches(compare)

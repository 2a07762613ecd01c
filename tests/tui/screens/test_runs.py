"""The Runs screen in the whole app, with run folders written by hand and without a worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from piloting import FAST, text_of, until, until_shown
from saved_run import save_checkpoint
from textual.pilot import Pilot
from textual.widgets import Input
from written_run import WrittenRun, evaluated, opened

from ttgpt.engine import commands, events, presets
from ttgpt.engine.runs import starting
from ttgpt.engine.runs.labels import read_note
from ttgpt.engine.runs.rundir import RunFolder, list_runs
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.runs import glance as glancing
from ttgpt.tui.runs.listing import Listing
from ttgpt.tui.screens import run_deeds
from ttgpt.tui.screens.ask import AskWords
from ttgpt.tui.screens.config_form import ConfigForm
from ttgpt.tui.screens.dialogs import Confirm
from ttgpt.tui.screens.runs import RunsScreen
from ttgpt.tui.widgets.runs.run_table import RunTable, columns_for

SIZE = (80, 24)


@pytest.fixture(autouse=True)
def _reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs written by hand have no worker that listens."""
    monkeypatch.setattr(glancing, "answers", lambda run: True)


@pytest.fixture
def made(home: Path) -> Iterator[dict[str, WrittenRun]]:
    """Three runs: one live, one stopped, one crashed."""
    found = {}
    for name, last, state in (("old", 500, "stopped"), ("lost", 620, "running")):
        run = found[name] = WrittenRun(home, name, live=False)
        run.write(opened(), evaluated(0))
        run.train(last)
        save_checkpoint(run.folder.path, 500, val_loss=2.1)
        if state == "stopped":
            run.write(events.Finished(last, "stopped"))
        run.folder.preset.write_text(presets.load("demo").text)
        run.folder.update(state=state, device="cpu", preset="demo")
    run = found["alive"] = WrittenRun(home, "alive")
    run.write(opened(), evaluated(0))
    run.train(300)
    yield found
    for run in found.values():
        run.close()


def table(pilot: Pilot[None]) -> RunTable:
    return pilot.app.screen.query_one(RunTable)


async def to_runs(pilot: Pilot[None], name: str) -> None:
    """Go to the screen, and choose a run there."""
    await pilot.press("5")
    await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen))
    await until(pilot, lambda: name in {row.name for row in table(pilot).rows})
    place = [row.name for row in table(pilot).rows].index(name)
    await pilot.press("home", *["down"] * place)
    await until(pilot, lambda: table(pilot).chosen.name == name)  # type: ignore[union-attr]
    await until_shown(pilot, "kept  ")


async def answer(pilot: Pilot[None], text: str) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, AskWords))
    pilot.app.screen.query_one(Input).value = text
    await pilot.press("enter")


async def test_without_runs_it_invites(home: Path) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await pilot.press("5")
        await until_shown(pilot, "There are no runs")


async def test_the_table_and_the_detail(home: Path, made: dict[str, WrittenRun]) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_runs(pilot, "lost")
        shown = await until_shown(pilot, "resume loses 120 steps")
        for words in ("training", "crashed", "stopped", "3 runs", "settings that differ"):
            assert words in shown
        assert "r resume" in shown
        await to_runs(pilot, "alive")
        await until_shown(pilot, "x stop")
        assert "r resume" not in text_of(pilot.app)


async def test_enter_shows_a_run(home: Path, made: dict[str, WrittenRun]) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_runs(pilot, "old")
        await pilot.press("enter")
        await until_shown(pilot, "stopped    500 / 3,000")
        assert pilot.app.current_mode == "Train"


async def test_stop_asks_and_then_asks_the_worker(
    home: Path, made: dict[str, WrittenRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[RunFolder, commands.Command]] = []

    async def ask(run: RunFolder, command: commands.Command) -> dict[str, Any]:
        asked.append((run, command))
        return {}

    monkeypatch.setattr(run_deeds, "ask", ask)
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_runs(pilot, "alive")
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("enter")
        await until(pilot, lambda: asked)
        assert asked[0][0].path == made["alive"].folder.path
        assert asked[0][1] == commands.Stop()


async def test_more_steps_are_given_to_the_start(
    home: Path, made: dict[str, WrittenRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[Any] = []

    def resume_run(home: Path, run: RunFolder, *, settings: Any, say: Any) -> starting.StartedRun:
        wanted.append((run.path.name, settings))
        raise starting.UsageError("Another run is live.", "x", "y")

    monkeypatch.setattr(starting, "resume_run", resume_run)
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_runs(pilot, "old")
        await pilot.press("+")
        await until_shown(pilot, "How many steps")
        pilot.app.screen.query_one(Input).value = "12"
        await until_shown(pilot, "give more than that")
        await answer(pilot, "7000")
        await until_shown(pilot, "Another run is live.")
        assert wanted == [(made["old"].folder.path.name, {"train.max_steps": "7000"})]


async def test_name_and_note(home: Path, made: dict[str, WrittenRun]) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_runs(pilot, "old")
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskWords))
        pilot.app.screen.query_one(Input).value = "lost"
        await until_shown(pilot, "exists")
        await answer(pilot, "first try")
        await until(pilot, lambda: "first try" in {row.name for row in table(pilot).rows})
        assert table(pilot).chosen is not None
        await until(pilot, lambda: table(pilot).chosen.name == "first try")  # type: ignore[union-attr]
        await pilot.press("w")
        await answer(pilot, "too small a rate")
        await until_shown(pilot, "note  too small a rate")
        [run] = [run for run in list_runs(home) if run.path.name.endswith("first try")]
        assert read_note(run) == "too small a rate"


async def test_delete_and_take_back(home: Path, made: dict[str, WrittenRun]) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_runs(pilot, "old")
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("escape")
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("enter")
        await until_shown(pilot, "old is in the trash")
        await until(pilot, lambda: len(table(pilot).rows) == 2)
        await until(pilot, lambda: pilot.app.screen.check_action("restore", ()))
        await pilot.press("u")
        await until(pilot, lambda: len(table(pilot).rows) == 3)
        assert made["old"].folder.path.exists()


async def test_a_live_run_offers_no_way_to_delete_it(
    home: Path, made: dict[str, WrittenRun]
) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_runs(pilot, "alive")
        assert not pilot.app.screen.check_action("delete", ())
        await pilot.press("x")  # which stops it
        shown = await until_shown(pilot, "Stop alive?")
        assert "Delete" not in shown


async def test_marked_runs_are_compared(home: Path, made: dict[str, WrittenRun]) -> None:
    made["old"].folder.write_config(
        made["old"].folder.config().with_settings({"train.batch_size": "16"})
    )
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_runs(pilot, "old")
        for name in made:
            await to_runs(pilot, name)
            await pilot.press("m")
        await pilot.press("c")
        shown = await until_shown(pilot, "C ")
        for words in ("old", "alive", "lost", "best val", "state", "over steps", "batch_size"):
            assert words in shown
        await pilot.press("a")
        await until_shown(pilot, "over tokens")
        await pilot.press(*["down"] * 4)
        await until_shown(pilot, "tokens/s")
        await pilot.press("escape")
        await until_shown(pilot, "3 runs")


async def test_export_says_where(home: Path, made: dict[str, WrittenRun]) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_runs(pilot, "lost")
        await pilot.press("e")
        await until_shown(pilot, "Written to")
        [folder] = (home / "exports").iterdir()
        assert {"steps.csv", "report.txt"} <= {path.name for path in folder.iterdir()}


async def test_duplicate_opens_the_form_with_the_runs_settings(
    home: Path, made: dict[str, WrittenRun]
) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await to_runs(pilot, "old")
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfigForm))
        form = pilot.app.screen
        assert isinstance(form, ConfigForm)
        assert form.draft.config() == made["old"].folder.config()
        assert form.draft.reference == "demo"


async def test_changes_to_a_duplicate_stay_after_esc(
    home: Path, made: dict[str, WrittenRun]
) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        for press in ([], ["escape"]):
            await pilot.press(*press)
            await to_runs(pilot, "old")
            await pilot.press("d")
            await until(pilot, lambda: isinstance(pilot.app.screen, ConfigForm))
            form = pilot.app.screen
            assert isinstance(form, ConfigForm)
            if not press:
                form.draft.set("model.n_layer", "7")
        assert form.draft.text("model.n_layer") == "7"


async def test_from_comparing_to_the_trash_and_back_by_keys_alone(
    home: Path, made: dict[str, WrittenRun]
) -> None:
    async with TtgptApp(home, FAST).run_test(size=SIZE) as pilot:
        await pilot.press("5")
        await until_shown(pilot, "3 runs")
        await pilot.press("home", "m", "m", "c")
        await until_shown(pilot, "best val")
        await until_shown(pilot, "B ")
        await pilot.press("escape")
        await until_shown(pilot, "3 runs")

        name = "old"
        await to_runs(pilot, name)
        await pilot.press("e")
        await until_shown(pilot, "Written to")
        [report] = (home / "exports").glob(f"{name}-*/report.txt")
        assert f"run {name}" in report.read_text()

        await pilot.press("x")
        await until_shown(pilot, f"Delete {name}?")
        await pilot.press("enter")
        await until_shown(pilot, f"{name} is in the trash")
        await until_shown(pilot, "2 runs")
        await until(pilot, lambda: pilot.app.screen.check_action("restore", ()))
        await pilot.press("u")
        await until_shown(pilot, f"{name} is back.")
        await until_shown(pilot, "3 runs")
        await until(pilot, lambda: table(pilot).chosen.name == name)  # type: ignore[union-attr]


async def test_many_runs_are_read_once_and_again_only_when_they_change(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [WrittenRun(home, f"run{number}", live=False) for number in range(6)]
    for run in runs:
        run.folder.update(state="stopped")
    looked: list[str] = []
    real = glancing.glance

    def counted(run: RunFolder) -> glancing.Glance:
        looked.append(run.path.name)
        return real(run)

    monkeypatch.setattr("ttgpt.tui.runs.listing.glance", counted)
    monkeypatch.setattr("ttgpt.tui.runs.listing._SHOW_EVERY", -1.0)
    listing = Listing(home)
    seen = [len(rows) async for rows in listing.read()]
    assert seen == [1, 2, 3, 4, 5, 6]
    assert len(looked) == 6
    assert [len(rows) async for rows in listing.read()][-1] == 6
    assert len(looked) == 6
    runs[2].write(opened())
    async for _ in listing.read():
        pass
    assert looked[6:] == [runs[2].folder.path.name]
    for run in runs:
        run.close()


@pytest.mark.parametrize("width", [1, 20, 58, 78, 118, 300])
def test_columns_leave_room_for_the_names(width: int) -> None:
    columns = columns_for(width)
    assert not columns or width - 2 - sum(c.width + 2 for c in columns) >= 14


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40), (200, 60)])
async def test_it_fits(home: Path, made: dict[str, WrittenRun], size: tuple[int, int]) -> None:
    async with TtgptApp(home, FAST).run_test(size=size) as pilot:
        await to_runs(pilot, "lost")
        rows = text_of(pilot.app).split("\n")
        assert len(rows) == size[1]
        assert all(len(row) == size[0] for row in rows)
        assert "? help" in rows[-1]

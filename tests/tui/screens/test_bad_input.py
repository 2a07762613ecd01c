"""Whatever is wrong with what Play is given: a clear line each, and the app lives."""

import pickle
import shutil
from pathlib import Path

import pytest
from fake_worker import FakeWorker
from piloting import text_of, until, until_shown
from playing import line, playing, screen, text
from saved_run import save_checkpoint
from textual.pilot import Pilot
from written_run import WrittenRun

from ttgpt.engine.commands import Generate
from ttgpt.engine.disk import sealed
from ttgpt.tui.widgets.number_field import NumberField
from ttgpt.tui.widgets.play.checkpoint_table import CheckpointTable
from ttgpt.tui.widgets.play.prompt import Prompt


class Trap:
    """Tells when somebody unpickles it."""

    sprung = False

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return setattr, (Trap, "sprung", True)


@pytest.mark.parametrize("name", ["weights.safetensors", "model.pt"])
async def test_a_pickle_is_named_and_never_opened(
    run: WrittenRun, worker: FakeWorker, home: Path, name: str
) -> None:
    folder = save_checkpoint(run.folder.path, 2000)
    state = sealed.read(folder / "state.json")
    (folder / name).write_bytes(pickle.dumps(Trap()))
    if name == "weights.safetensors":
        sealed.write(folder / "state.json", state, tuple(state["files"]))
    else:
        (folder / "state.json").unlink()
    async with playing(home) as pilot:
        table = screen(pilot).query_one(CheckpointTable)
        assert [choice.step for choice in table.choices] == [2000, 1000, 500, 0]
        await pilot.press("home", "enter")
        await until(pilot, lambda: "could run a program" in line(pilot))
        assert worker.asked == []
        await pilot.press("down")
        await worker.allow(3)
        await pilot.press("enter")
        await until(pilot, lambda: text(pilot) == "Wha")
    assert not Trap.sprung


async def test_an_empty_prompt_begins_at_a_line_end(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    screen(pilot).query_one(Prompt).text = ""
    await until_shown(pilot, "empty: begins at a line end")
    await worker.allow(3)
    await pilot.press("enter")
    await until(pilot, lambda: text(pilot) == "Wha")
    assert worker.commands(Generate)[0].prompt == ""


async def test_a_prompt_longer_than_the_block_says_what_is_read_of_it(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    screen(pilot).query_one(Prompt).text = "To be or not to be. " * 5
    shown = await until_shown(pilot, "it reads only the last 64")
    assert "100/64" in shown
    await worker.allow(3)
    await pilot.press("enter")
    await until(pilot, lambda: text(pilot) == "Wha")


async def test_a_prompt_of_nothing_known_is_asked_about(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    prompt = screen(pilot).query_one(Prompt)
    prompt.text = "☃☃"
    await pilot.press("enter")
    await until_shown(pilot, "Never seen in training: ☃")
    await pilot.press("d")
    await until(pilot, lambda: prompt.text == "")
    assert worker.asked == []


async def test_unknown_characters_are_marked_while_typing(
    run: WrittenRun, pilot: Pilot[None]
) -> None:
    await pilot.press("tab", "1", "a", "2")
    await until_shown(pilot, "never seen in training: 1 2")


@pytest.mark.parametrize(
    ("field", "typed", "wanted"),
    [
        ("temperature", "-5", "a number from 0.00 to 2.00"),
        ("temperature", "9", "a number from 0.00 to 2.00"),
        ("top-k", "-3", "a whole number from 1 to 100, or 0, which is off"),
        ("top-k", "1e9", "a whole number from 1 to 100, or 0, which is off"),
        ("top-p", "1..5", "a number from 0.00 to 1.00"),
        ("seed", "--4", "a whole number from 0 to 9007199254740992, or -1, which draws one"),
        ("seed", "-7", "a whole number from 0 to 9007199254740992, or -1, which draws one"),
        ("length", "0", "a whole number from 1 to 100000"),
        ("samples", "999", "a whole number from 1 to 16"),
    ],
)
@pytest.mark.parametrize("key", ["enter", "tab"])
async def test_what_is_no_value_of_a_field_never_gets_into_it(
    run: WrittenRun, pilot: Pilot[None], field: str, typed: str, wanted: str, key: str
) -> None:
    [found] = [f for f in screen(pilot).query(NumberField) if f.label == field]
    found.focus()
    before = found.value
    await pilot.press(*typed, key)
    complaint = f"{field} {typed} is not set: it must be {wanted}."
    await until(pilot, lambda: line(pilot) == complaint)
    assert found.value == before
    # What is refused by Enter stays, to be mended; Esc drops it and goes nowhere.
    assert found.typed == (typed if key == "enter" else "")


async def test_a_home_that_vanishes_leaves_the_app_alive(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    shutil.rmtree(home / "runs")
    await worker.allow(300)
    await pilot.press("enter")
    await until(pilot, lambda: len(text(pilot)) == 300)
    table = screen(pilot).query_one(CheckpointTable)
    await until(pilot, lambda: table.is_empty)
    assert "What say you" in text_of(pilot.app)

"""What Play keeps, by keys: history, prompts, own values; and what can be done to a checkpoint."""

import json
from pathlib import Path

import pytest
from fake_worker import DRAWN_SEED, FakeWorker
from piloting import text_of, until, until_shown
from playing import line, playing, screen, settled
from saved_run import CHARACTERS, save_checkpoint
from textual.pilot import Pilot
from textual.widgets import Input
from written_run import WrittenRun, opened

from ttgpt.engine.checkpoints.labels import Label, read_labels, set_label
from ttgpt.engine.commands import Generate
from ttgpt.tui.play.history import read_history
from ttgpt.tui.screens.compare import CompareScreen
from ttgpt.tui.screens.dialogs import Confirm, ErrorDialog
from ttgpt.tui.screens.history import HistoryScreen
from ttgpt.tui.screens.playground import PlaygroundScreen
from ttgpt.tui.widgets.play.checkpoint_table import CheckpointTable
from ttgpt.tui.widgets.play.compare_column import CompareColumn
from ttgpt.tui.widgets.play.preset_choice import PresetChoice
from ttgpt.tui.widgets.play.prompt import Prompt
from ttgpt.tui.widgets.play.sampling_panel import SamplingPanel


async def write(pilot: Pilot[None], worker: FakeWorker, home: Path) -> None:
    there = len(read_history(home))
    await worker.allow(300)
    await pilot.press("enter")
    await until(pilot, lambda: len(read_history(home)) == there + 1)
    await until(pilot, lambda: line(pilot).startswith("300/300"))


async def test_a_text_of_the_history_is_written_again_by_enter(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    await write(pilot, worker, home)
    prompt, panel = screen(pilot).query_one(Prompt), screen(pilot).query_one(SamplingPanel)
    prompt.text = "JULIET:"
    await pilot.press("down", "0", "n", "h")
    await until_shown(pilot, "What say you")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, PlaygroundScreen))
    assert (prompt.text, panel.seed, panel.sampling.temperature) == ("ROMEO:\n", DRAWN_SEED, 0.8)
    assert "Enter writes it again" in line(pilot)
    await write(pilot, worker, home)
    first, second = worker.commands(Generate)
    assert (second.prompt, second.checkpoint) == (first.prompt, first.checkpoint)
    assert (second.seed, second.temperature, second.top_k) == (DRAWN_SEED, 0.8, 40)


async def test_the_history_is_searched_and_saved(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    await pilot.press("h")
    await until_shown(pilot, "Nothing yet.")
    await pilot.press("escape")
    await write(pilot, worker, home)
    worker.text = "Not so, my lord."
    await write(pilot, worker, home)
    await pilot.press("h")
    await until_shown(pilot, "Not so, my lord.")
    await pilot.press("slash", *"what say", "enter")
    await until(pilot, lambda: "Not so, my lord." not in text_of(pilot.app))
    await until_shown(pilot, f"seed {DRAWN_SEED}")
    await pilot.press("j")
    await until_shown(pilot, "Saved in")
    [path] = (home / "texts").iterdir()
    saved = json.loads(path.read_text("utf-8"))
    assert saved["samples"][0].startswith("What say you")
    assert saved["command"]["seed"] == DRAWN_SEED
    await pilot.press("y")
    await until(pilot, lambda: pilot.app.clipboard.startswith("ROMEO:\nWhat say"))
    await pilot.press("slash", *" nowhere")
    await until_shown(pilot, "Nothing has these words.")
    await pilot.press("enter", "enter", "j", "escape")
    await until(pilot, lambda: not isinstance(pilot.app.screen, HistoryScreen))


async def test_words_that_come_at_once_leave_the_history_standing(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    await write(pilot, worker, home)
    await pilot.press("h")
    await until_shown(pilot, "What say you")
    search = pilot.app.screen.query_one(Input)
    search.value = "what"
    search.value = "nowhere"  # before the list has told which line it is on
    await until_shown(pilot, "Nothing has these words.")
    await pilot.press("escape")
    await until(pilot, lambda: not isinstance(pilot.app.screen, HistoryScreen))


async def test_a_text_whose_checkpoint_is_gone_says_so(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    await write(pilot, worker, home)
    await pilot.press("x")
    await until_shown(pilot, "Delete stage1 1,000?")
    await pilot.press("enter")
    table = screen(pilot).query_one(CheckpointTable)
    await until(pilot, lambda: [choice.step for choice in table.choices] == [500, 0])
    await pilot.press("h")
    await until_shown(pilot, "What say you")
    await pilot.press("enter")
    await until(pilot, lambda: "is not in the list any more" in line(pilot))


async def test_a_text_of_live_weights_cannot_be_written_again_and_says_so(home: Path) -> None:
    run, worker = WrittenRun(home), FakeWorker("live")
    save_checkpoint(run.folder.path, 10)
    run.write(opened())
    async with worker.listening(run.folder.socket_path()), playing(home) as pilot:
        table = screen(pilot).query_one(CheckpointTable)
        await until(pilot, lambda: table.chosen is not None and table.chosen.is_live)
        await worker.allow(300)
        await pilot.press("enter")
        await until(pilot, lambda: len(read_history(home)) == 1)
        await pilot.press("h")
        await until_shown(pilot, "seed")
        await pilot.press("enter")
        await until(pilot, lambda: "live weights have moved on" in line(pilot))
    run.close()


async def test_a_prompt_is_chosen_kept_and_forgotten(
    run: WrittenRun, pilot: Pilot[None], home: Path
) -> None:
    prompt = screen(pilot).query_one(Prompt)
    prompt.text = "Once upon"
    await pilot.press("p")
    await until_shown(pilot, "keep present")
    await pilot.press("k")
    await until_shown(pilot, "Once upon")
    await pilot.press("escape")
    prompt.text = ""
    await pilot.press("p")
    await until_shown(pilot, "Once upon")
    await pilot.press("enter")
    await until(pilot, lambda: prompt.text == "Once upon")
    await pilot.press("p")
    await until_shown(pilot, "own")
    await pilot.press("x")
    await until(pilot, lambda: json.loads((home / "prompts.json").read_text()) == [])


async def test_own_values_are_kept_and_forgotten(
    run: WrittenRun, pilot: Pilot[None], home: Path
) -> None:
    choice, panel = screen(pilot).query_one(PresetChoice), screen(pilot).query_one(SamplingPanel)
    assert choice.name_shown == "balanced"
    choice.focus()
    await pilot.press("left")
    assert (choice.name_shown, panel.sampling.temperature) == ("careful", 0.3)
    await pilot.press("down", *"0.55", "enter", "up")
    assert choice.name_shown == "own values"
    await pilot.press("s")
    await until_shown(pilot, "A name for these values")
    await pilot.press(*"mine", "enter")
    await until(pilot, lambda: choice.name_shown == "mine")
    await pilot.press("right", "left")
    assert (choice.name_shown, panel.sampling.temperature) == ("mine", 0.55)
    await pilot.press("delete")
    await until(pilot, lambda: choice.name_shown == "own values")
    await pilot.press("s")
    await until_shown(pilot, "A name for these values")
    await pilot.press(*"greedy", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ErrorDialog))


async def test_the_list_is_filtered_by_typing_and_ordered(
    run: WrittenRun, pilot: Pilot[None]
) -> None:
    table = screen(pilot).query_one(CheckpointTable)
    await pilot.press("slash", *"500")
    assert [choice.step for choice in table.choices] == [500]
    assert "/500_" in text_of(pilot.app)
    await pilot.press("x", "backspace", "enter")
    assert [choice.step for choice in table.choices] == [500]
    await pilot.press("escape", "o")
    assert [choice.step for choice in table.choices] == [1000, 500, 0]
    await until_shown(pilot, "checkpoints by val")
    await pilot.press("o", "o")
    await until_shown(pilot, "checkpoints by age")


async def test_a_checkpoint_is_kept_and_named(run: WrittenRun, pilot: Pilot[None]) -> None:
    table = screen(pilot).query_one(CheckpointTable)
    await pilot.press("down", "k")
    await until(pilot, lambda: "kept" in table.choices[1].marks)
    await pilot.press("r")
    await until_shown(pilot, "A name for stage1 500")
    await pilot.press(*"good", "enter")
    await until(pilot, lambda: table.choices[1].name == "good")
    await until_shown(pilot, "good")
    await pilot.press("k")
    await until(pilot, lambda: "kept" not in table.choices[1].marks)
    assert table.row == 1


async def test_deleting_asks_first_and_escape_deletes_nothing(
    run: WrittenRun, pilot: Pilot[None]
) -> None:
    await pilot.press("x")
    await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
    await pilot.press("escape")
    await settled(pilot)
    assert (run.folder.checkpoints / "001000").is_dir()
    await pilot.press("end", "x")
    assert isinstance(pilot.app.screen, PlaygroundScreen)  # the untrained weights are no file


async def test_what_a_filter_hides_is_in_the_list_all_the_same(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    await write(pilot, worker, home)
    table = screen(pilot).query_one(CheckpointTable)
    await pilot.press("slash", *"500", "enter", "c")
    await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
    columns = pilot.app.screen.query(CompareColumn)
    await until(pilot, lambda: [column.column.step for column in columns] == [500, 0])
    await pilot.press("escape", "h")
    await until_shown(pilot, "What say you")
    await pilot.press("enter")
    await until(pilot, lambda: "Enter writes it again" in line(pilot))
    assert table.chosen is not None
    assert table.chosen.step == 1000


async def test_a_label_goes_with_its_checkpoint(run: WrittenRun, pilot: Pilot[None]) -> None:
    set_label(run.folder.path, 1000, name="the good one", kept=True)
    set_label(run.folder.path, 500, name="the other")
    await pilot.press("x")
    await until_shown(pilot, "1,000?")
    await pilot.press("enter")
    await until(pilot, lambda: read_labels(run.folder.path) == {500: Label(name="the other")})
    assert not (run.folder.checkpoints / "001000").exists()


@pytest.mark.parametrize("keys", [["down"], ["slash", *"last", "enter"], ["o", "down"]])
async def test_the_newest_of_a_live_run_is_not_deleted(home: Path, keys: list[str]) -> None:
    (home / "data" / "nowhere").mkdir(parents=True)
    CHARACTERS.save(home / "data" / "nowhere" / "tokenizer.json")
    run = WrittenRun(home)
    run.write(opened())
    save_checkpoint(run.folder.path, 10)
    async with playing(home) as pilot:
        await pilot.press(*keys, "x")
        await until_shown(pilot, "This checkpoint is needed.")
        await pilot.press("enter")
        await settled(pilot)
        assert (run.folder.checkpoints / "000010").is_dir()
    run.close()


async def test_a_folder_is_taken_in_and_a_pickle_is_not(
    run: WrittenRun, pilot: Pilot[None], tmp_path: Path
) -> None:
    table = screen(pilot).query_one(CheckpointTable)

    async def take_in(folder: Path) -> None:
        await pilot.press("i")
        await until_shown(pilot, "Take in a checkpoint")
        pilot.app.screen.query_one(Input).value = str(folder)
        await pilot.press("enter")

    save_checkpoint(tmp_path / "elsewhere", 7)
    await take_in(tmp_path / "elsewhere")
    await until(pilot, lambda: "elsewhere" in [choice.run_name for choice in table.choices])
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "model.pt").write_bytes(b"\x80\x04boom")
    await take_in(tmp_path / "other")
    await until_shown(pilot, "model.pt is a pickle")
    await pilot.press("escape")
    assert isinstance(pilot.app.screen, PlaygroundScreen)

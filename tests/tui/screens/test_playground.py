import shutil
import threading
from pathlib import Path

import pytest
from disk_faults import flip
from fake_worker import DRAWN_SEED, FakeWorker
from piloting import text_of, until, until_shown
from playing import FAST, keys, line, playing, screen, settled, text
from saved_run import CHARACTERS, damage, save_checkpoint
from support import WAIT_SECONDS, wait_for
from textual.pilot import Pilot
from written_run import WrittenRun, checkpoint, evaluated, opened, step

from ttgpt.engine import events
from ttgpt.engine.checkpoints.seals import Seals
from ttgpt.engine.commands import Adjust, Cancel, Generate
from ttgpt.engine.errors import DataError
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.play.choices import Choice, list_choices
from ttgpt.tui.screens.ask import AskWhich
from ttgpt.tui.screens.playground import PlaygroundScreen
from ttgpt.tui.screens.shelf import Shelf
from ttgpt.tui.screens.train import TrainScreen
from ttgpt.tui.settings import Settings
from ttgpt.tui.widgets.more_keys import MoreKeys
from ttgpt.tui.widgets.play.changes_list import ChangesList
from ttgpt.tui.widgets.play.checkpoint_table import CheckpointTable
from ttgpt.tui.widgets.play.play_line import PlayLine
from ttgpt.tui.widgets.play.prompt import Prompt
from ttgpt.tui.widgets.play.sampling_panel import SamplingPanel
from ttgpt.tui.widgets.play.token_stream import TokenStream
from ttgpt.tui.widgets.play.writing import Writing
from ttgpt.tui.widgets.rule_label import RuleLabel
from ttgpt.tui.widgets.slider import Slider


async def test_an_empty_home_invites_to_train(pilot: Pilot[None]) -> None:
    nothing = screen(pilot).query_one("#nothing")
    assert nothing.display
    assert not screen(pilot).query_one("#play").display
    assert "Train something first: 3, or Enter for a 90-second demo." in str(nothing.render())
    assert keys(pilot) == {
        "Enter": "90-second demo",
        "h": "history",
        "q": "quit",
        "?": "help",
    }


async def test_enter_in_an_empty_home_asks_train_for_the_demo(
    pilot: Pilot[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[str] = []
    monkeypatch.setattr(TrainScreen, "on_start_wanted", lambda _, m: wanted.append(m.preset))
    await pilot.press("enter")
    await until(pilot, lambda: wanted)
    assert wanted == ["demo"]
    assert isinstance(pilot.app.screen, TrainScreen)


async def test_what_can_write_is_listed_with_the_newest_first(
    run: WrittenRun, pilot: Pilot[None]
) -> None:
    table = screen(pilot).query_one(CheckpointTable)
    assert [choice.step for choice in table.choices] == [1000, 500, 0]
    assert pilot.app.focused is table
    assert keys(pilot) == {
        "↑↓": "choose",
        "Enter": "generate",
        "c": "compare",
        "Tab": "next",
        "n": "new seed",
        "p": "prompts",
        "?": "help",
    }


async def test_a_text_field_shows_our_keys_and_not_those_of_every_editor(
    run: WrittenRun, pilot: Pilot[None]
) -> None:
    await pilot.press("tab")
    await until(pilot, lambda: keys(pilot).get("F1") == "help")
    assert screen(pilot).query_one(MoreKeys).keys == ()


async def test_the_prompt_begins_as_the_run_was_sampled_and_a_typed_one_stays(
    run: WrittenRun, pilot: Pilot[None]
) -> None:
    prompt = screen(pilot).query_one(Prompt)
    assert prompt.text == "ROMEO:\n"
    prompt.text = "JULIET:"
    await pilot.press("down")
    await settled(pilot)
    assert prompt.text == "JULIET:"


async def test_a_text_is_written_and_can_be_written_again(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await worker.allow(300)
    await pilot.press("enter")
    await until(pilot, lambda: len(text(pilot)) == 300)
    await until(pilot, lambda: line(pilot).startswith("300/300  212 tokens/s"))
    folder = run.folder.checkpoints / "001000"
    assert worker.asked == [Generate(prompt="ROMEO:\n", checkpoint=str(folder), seed=DRAWN_SEED)]
    assert screen(pilot).query_one(RuleLabel).label == f"stage1 1,000  seed {DRAWN_SEED}"
    assert keys(pilot)["y"] == "copy"
    await worker.allow(3)
    await pilot.press("down", "enter")
    await until(pilot, lambda: text(pilot) == "Wha")
    assert worker.commands(Generate)[-1].checkpoint.endswith("/000500")


async def test_while_it_writes_the_keys_and_the_figures_say_so(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await pilot.press("enter")
    await until(pilot, lambda: line(pilot).startswith("waiting for the first token"))
    assert keys(pilot)["Esc"] == "stop"
    assert "Enter" not in keys(pilot)
    await worker.allow(214)
    await until(pilot, lambda: line(pilot).startswith("214/300"))
    assert "first " in line(pilot)
    await pilot.press("enter")
    assert len(worker.commands(Generate)) == 1


async def test_a_slider_moved_while_it_writes_is_marked_and_listed(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await pilot.press("enter")
    await worker.allow(4)
    await until(pilot, lambda: text(pilot) == "What")
    screen(pilot).query(Slider).first().focus()
    await pilot.press(*"1.2", "enter")
    await until(pilot, lambda: screen(pilot).query_one(ChangesList).changes)
    await worker.allow(4)
    await until(pilot, lambda: text(pilot) == "What say")
    assert worker.commands(Adjust) == [Adjust(target=1, temperature=1.2)]
    [change] = screen(pilot).query_one(ChangesList).changes
    assert change == (4, "temperature", "0.80", "1.20")
    stream = screen(pilot).query_one(TokenStream)
    await until(pilot, lambda: "What┊ say" in stream.render_line(1).text)
    screen(pilot).query_one(Writing).show_next_sample()
    assert "What┊ say" in stream.render_line(1).text


async def test_escape_stops_and_keeps_what_was_written(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await pilot.press("enter")
    await worker.allow(4)
    await until(pilot, lambda: text(pilot) == "What")
    await pilot.press("escape")
    await until(pilot, lambda: "stopped" in line(pilot))
    assert line(pilot).startswith("  4/300")
    assert len(worker.commands(Cancel)) == 1
    assert text(pilot) == "What"
    assert "Esc" not in keys(pilot)


async def test_escape_leaves_a_field_and_destroys_nothing(
    run: WrittenRun, pilot: Pilot[None]
) -> None:
    await pilot.press("tab", "h", "i", "escape")
    assert pilot.app.focused is screen(pilot).query_one(CheckpointTable)
    assert screen(pilot).query_one(Prompt).text.endswith("hi")
    await pilot.press("escape")
    assert isinstance(pilot.app.screen, PlaygroundScreen)


async def test_enter_in_the_prompt_writes(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await worker.allow(300)
    await pilot.press("tab", "n", "y", "enter")
    await until(pilot, lambda: worker.asked)
    assert worker.commands(Generate)[0].prompt == "ROMEO:\nny"


async def test_settings_reach_the_worker(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    screen(pilot).query(Slider).first().focus()
    await pilot.press("0", "enter", "down", *"5", "enter", "down", *".9", "enter")
    await pilot.press("down", *"1.5", "enter", "tab", *"42", "enter", "tab", *"12", "enter")
    await pilot.press("tab", *"2", "enter", "tab", *"END", "escape")
    await worker.allow(12)
    await pilot.press("enter")
    await until(pilot, lambda: worker.asked)
    asked = worker.commands(Generate)[0]
    assert (asked.repetition_penalty, asked.num_samples, asked.stop) == (1.5, 2, "END")
    assert (asked.temperature, asked.top_k, asked.top_p) == (0.0, 5, 0.9)
    assert (asked.seed, asked.max_new_tokens) == (42, 12)


async def test_n_draws_a_new_seed(run: WrittenRun, pilot: Pilot[None]) -> None:
    panel = screen(pilot).query_one(SamplingPanel)
    await pilot.press("n")
    first = panel.seed
    await pilot.press("n")
    assert first >= 0
    assert panel.seed != first


async def test_a_text_is_copied_to_a_file_whose_path_is_shown(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    await worker.allow(300)
    await pilot.press("enter")
    await until(pilot, lambda: line(pilot).startswith("300/300"))
    await pilot.press("y")
    await until(pilot, lambda: line(pilot).startswith("Saved in "))
    [path] = (home / "texts").iterdir()
    assert str(path) in line(pilot).replace("\n", "")
    assert "copied" not in line(pilot)
    assert path.read_text("utf-8").startswith("ROMEO:\nWhat say you")
    assert f"step 1000, seed {DRAWN_SEED}" in path.read_text("utf-8")
    assert pilot.app.clipboard.startswith("ROMEO:\nWhat say you")


async def test_a_worker_that_dies_is_a_line_and_the_app_lives(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await pilot.press("enter")
    await worker.allow(4)
    await until(pilot, lambda: text(pilot) == "What")
    await worker.die()
    await until(pilot, lambda: line(pilot).startswith("The worker does not answer."))
    assert text(pilot) == "What"
    await worker.allow(3)
    await pilot.press("enter")
    await until(pilot, lambda: text(pilot) == "Wha")


async def test_a_refusal_is_shown_with_its_next_step(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    worker.refuses = DataError("It is [damaged].", "A bit flipped.", "Choose another.")
    await pilot.press("enter")
    await until(pilot, lambda: line(pilot).startswith("It is [damaged]."))
    assert line(pilot) == "It is [damaged].\nA bit flipped. Choose another."
    assert keys(pilot)["Enter"] == "generate"


async def test_a_damaged_checkpoint_says_why_and_asks_no_worker(
    run: WrittenRun, worker: FakeWorker, home: Path
) -> None:
    damage(run.folder.checkpoints / "001000")
    async with playing(home) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: line(pilot).startswith("This checkpoint is damaged: weights"))
        assert worker.asked == []


@pytest.mark.parametrize(("letter", "left"), [("r", "Zoe"), ("d", "Zo"), ("escape", "Zoë")])
async def test_unknown_characters_are_dropped_or_replaced_before_a_worker_is_asked(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], letter: str, left: str
) -> None:
    prompt = screen(pilot).query_one(Prompt)
    prompt.text = "Zoë"
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, AskWhich))
    await until_shown(pilot, "replace  Zoe")
    await pilot.press(letter)
    await until(pilot, lambda: isinstance(pilot.app.screen, PlaygroundScreen))
    assert prompt.text == left
    assert worker.asked == []


async def test_live_weights_write_between_steps_and_move_with_the_run(home: Path) -> None:
    run, worker = WrittenRun(home), FakeWorker("live")
    CHARACTERS.save(_data_folder(home) / "tokenizer.json")
    run.write(opened(), step(10), evaluated(10), step(20))
    async with worker.listening(run.folder.socket_path()), playing(home) as pilot:
        table = screen(pilot).query_one(CheckpointTable)
        await until(pilot, lambda: [c.step for c in table.choices] == [20])
        place = screen(pilot).query_one("#place")
        assert str(place.render()) == "answers between training steps"
        run.write(step(30))
        await until(pilot, lambda: [c.step for c in table.choices] == [30])
        await worker.allow(4)
        await pilot.press("enter")
        await until(pilot, lambda: text(pilot) == "live")
        assert worker.commands(Generate)[0].checkpoint == ""
    run.close()


async def test_a_new_checkpoint_is_listed_and_the_choice_stays(home: Path) -> None:
    run = WrittenRun(home)
    run.write(opened(), step(10))
    async with playing(home) as pilot:
        table = screen(pilot).query_one(CheckpointTable)
        await until(pilot, lambda: [c.step for c in table.choices] == [10])
        save_checkpoint(run.folder.path, 500)
        run.write(checkpoint(500))
        await until(pilot, lambda: len(table.choices) == 3)
        assert table.chosen is not None
        assert table.chosen.is_live
        run.write(events.Finished(500, "max_steps"))
        run.folder.update(state="finished")
        run.vanish()
        run.write(events.Closed())
        await until(pilot, lambda: [c.step for c in table.choices] == [500, 0])
        assert table.chosen is table.choices[0]
    run.close()


async def test_a_text_stays_in_view_when_its_run_is_gone(home: Path) -> None:
    run, worker = WrittenRun(home), FakeWorker("live")
    run.write(opened(), step(10))
    async with worker.listening(run.folder.socket_path()), playing(home) as pilot:
        await worker.allow(4)
        await pilot.press("enter")
        await until(pilot, lambda: text(pilot) == "live")
        run.vanish()
        await worker.die()
        table = screen(pilot).query_one(CheckpointTable)
        await until(pilot, lambda: not table.choices)
        assert screen(pilot).query_one("#play").display
        assert line(pilot).startswith("The worker does not answer.")
    run.close()


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (100, 30), (120, 40), (300, 100)])
async def test_everything_is_in_view_at_every_size(
    run: WrittenRun, home: Path, size: tuple[int, int]
) -> None:
    async with playing(home, size) as pilot:
        bounds = screen(pilot).region
        for kind in (CheckpointTable, Prompt, TokenStream, PlayLine, SamplingPanel, Slider):
            for widget in screen(pilot).query(kind):
                assert widget.display
                assert bounds.contains_region(widget.region)
                assert widget.region.area
        assert screen(pilot).query_one(TokenStream).size.height >= 5
        sliders = [str(slider.render()) for slider in screen(pilot).query(Slider)]
        assert all(len(drawn) <= 38 for drawn in sliders)
        assert " 2.300" in screen(pilot).query_one(CheckpointTable).render_line(1).text


async def test_a_window_too_small_says_so_and_the_focus_stays(run: WrittenRun, home: Path) -> None:
    async with playing(home, (80, 24)) as pilot:
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: "needs at least" in text_of(pilot.app))
        rows = [strip.text.strip() for strip in screen(pilot)._compositor.render_strips()]
        assert [row for row in rows if row] == ["needs at least 60×18, this is 40×10"]  # noqa: RUF001
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "Enter" in keys(pilot))
        assert pilot.app.focused is screen(pilot).query_one(CheckpointTable)


async def test_enter_before_the_list_is_read_starts_nothing(
    run: WrittenRun, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_read, wanted = threading.Event(), list[str]()

    def list_late(home: Path, seals: Seals) -> list[Choice]:
        may_read.wait(WAIT_SECONDS)
        return list_choices(home, seals)

    monkeypatch.setattr("ttgpt.tui.screens.shelf.list_choices", list_late)
    monkeypatch.setattr(TrainScreen, "on_start_wanted", lambda _, m: wanted.append(m.preset))
    app = TtgptApp(home, FAST)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: isinstance(app.screen, PlaygroundScreen))
        await pilot.press("enter")
        may_read.set()
        await settled(pilot)
        assert isinstance(app.screen, PlaygroundScreen)
        assert wanted == []


async def test_a_list_read_while_the_app_closes_is_dropped(
    run: WrittenRun, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with playing(home) as pilot:
        place = screen(pilot)

        def list_too_late(home: Path, seals: Seals) -> list[Choice]:
            wait_for("the widgets to go", lambda: not place.query(CheckpointTable))
            return list_choices(home, seals)

        monkeypatch.setattr("ttgpt.tui.screens.shelf.list_choices", list_too_late)
        place.query_one(Shelf).look()
        await pilot.pause()


async def test_a_deleted_checkpoint_leaves_the_list_when_it_could_not_write(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    folder = run.folder.checkpoints / "001000"
    worker.refuses = DataError(f"There is no checkpoint {folder}.", "", "Choose another.")
    shutil.rmtree(folder)
    await pilot.press("enter")
    await until(pilot, lambda: line(pilot).startswith("There is no checkpoint runs/"))
    table = screen(pilot).query_one(CheckpointTable)
    await until(pilot, lambda: [choice.step for choice in table.choices] == [500, 0])


async def test_ascii_is_ascii(run: WrittenRun, worker: FakeWorker, home: Path) -> None:
    async with playing(home, settings=Settings(repaint_rate=30.0, marker="ascii")) as pilot:
        await worker.allow(5)
        await pilot.press("enter")
        await until(pilot, lambda: text(pilot) == "What ")
        assert text_of(pilot.app).isascii()


async def test_nothing_is_drawn_again_while_nothing_changes(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[object] = []
    monkeypatch.setattr(type(pilot.app), "_display", lambda *arguments: drawn.append(arguments))
    await worker.allow(300)
    await pilot.press("enter")
    await until(pilot, lambda: line(pilot).startswith("300/300"))
    await settled(pilot)
    assert drawn
    drawn.clear()
    await pilot.pause(0.2)
    assert drawn == []


def _data_folder(home: Path) -> Path:
    folder = home / "data" / "nowhere"
    folder.mkdir(parents=True)
    return folder


async def test_a_changed_byte_shows_a_moment_later_and_the_next_best_is_marked(
    run: WrittenRun, home: Path
) -> None:
    flip(run.folder.checkpoints / "001000" / "weights.safetensors", 20)
    async with playing(home) as pilot:
        table = screen(pilot).query_one(CheckpointTable)
        await until(pilot, lambda: table.choices[0].marks == ("damaged",))
        assert table.choices[1].marks == ("best", "last")
        await until_shown(pilot, "weights.safetensors has changed")


async def test_a_checkpoint_is_told_about_below_the_list(
    run: WrittenRun, pilot: Pilot[None]
) -> None:
    await until_shown(pilot, "train 2.300  ")
    await pilot.press("down")
    await until_shown(pilot, "train 2.500  ")
    await pilot.resize_terminal(120, 40)
    await until(pilot, lambda: "train 2.500  " not in text_of(pilot.app))  # it has a column now

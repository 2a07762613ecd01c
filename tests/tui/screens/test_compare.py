"""Compare, driven by keys alone."""

import shutil
from pathlib import Path

import pytest
from fake_worker import LIVE_STEP, FakeWorker
from piloting import text_of, until, until_shown
from playing import keys, playing, settled
from saved_run import save_checkpoint
from textual.pilot import Pilot
from written_run import WrittenRun, opened, step

from ttgpt.engine.commands import Adjust, Generate, Snapshot
from ttgpt.engine.data.tokenizer import CharTokenizer
from ttgpt.engine.errors import DataError
from ttgpt.tui.play.history import read_history
from ttgpt.tui.screens.compare import CompareScreen
from ttgpt.tui.screens.playground import PlaygroundScreen
from ttgpt.tui.widgets.play.compare_column import CompareColumn
from ttgpt.tui.widgets.play.token_stream import TokenStream


def columns(pilot: Pilot[None]) -> list[CompareColumn]:
    return list(pilot.app.screen.query(CompareColumn))


def written(pilot: Pilot[None]) -> list[str]:
    return [column.writing.written.text for column in columns(pilot)]


async def comparing(pilot: Pilot[None]) -> None:
    await pilot.press("c")
    await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen) and columns(pilot))
    await pilot.pause()


async def test_a_full_comparison_by_keys_alone(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    await comparing(pilot)
    assert [column.column.title for column in columns(pilot)] == [
        "stage1 1,000 2.300",
        "stage1 untrained",
    ]
    await pilot.press("right", "up", "T", "T", "K", "p", "a", "down", "t")
    await until(pilot, lambda: len(columns(pilot)) == 3)
    await pilot.press("enter")
    await worker.allow(900)
    await until(pilot, lambda: [len(text) for text in written(pilot)] == [300] * 3)
    await until(pilot, lambda: keys(pilot).get("Enter") == "write all")
    asked = worker.commands(Generate)
    assert {(one.prompt, one.seed) for one in asked} == {("ROMEO:\n", asked[0].seed)}
    told = sorted(
        (Path(c.checkpoint).name, c.untrained, c.temperature, c.top_k, c.top_p) for c in asked
    )
    assert told == [
        ("000500", False, 1.0, 50, 0.95),
        ("001000", False, 0.8, 40, 1.0),
        ("001000", True, 0.9, 50, 0.95),
    ]
    stream = columns(pilot)[-1].query_one(TokenStream)
    end = stream.scroll_y
    await pilot.press("pageup")
    await until(pilot, lambda: stream.scroll_y < end)
    await pilot.press("y")
    await until_shown(pilot, "Saved in")
    [path] = (home / "texts").iterdir()
    assert path.read_text("utf-8").count("ROMEO:\nWhat say you") == 3
    values = "temperature 1.00, top-k 50, top-p 0.95"
    assert f"--- stage1 500 2.500, {values}, seed {asked[0].seed} ---" in path.read_text()
    assert pilot.app.clipboard.count("What say you") >= 3
    await until(pilot, lambda: len(read_history(home)) == 3)
    await pilot.press("x")
    await until(pilot, lambda: len(columns(pilot)) == 2)
    await pilot.press("escape")
    assert isinstance(pilot.app.screen, PlaygroundScreen)


async def test_a_value_turned_while_it_writes_acts_on_its_column_alone(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await comparing(pilot)
    await pilot.press("enter")
    await worker.allow(8)
    await until(pilot, lambda: sum(map(len, written(pilot))) == 8)
    await pilot.press("T")
    await until(pilot, lambda: worker.commands(Adjust))
    assert worker.commands(Adjust) == [Adjust(target=1, temperature=0.9)]
    assert "not written yet" not in text_of(pilot.app)
    await pilot.press("escape")
    await until(pilot, lambda: keys(pilot).get("Esc") == "back")
    assert sum(map(len, written(pilot))) == 8
    await pilot.press("K")
    await until_shown(pilot, "not written yet")


async def test_top_k_goes_as_far_as_the_columns_vocabulary(
    run: WrittenRun, worker: FakeWorker, home: Path
) -> None:
    tokenizer = CharTokenizer("".join(map(chr, range(1000, 1300))))
    save_checkpoint(run.folder.path, 2000, tokenizer=tokenizer)
    async with playing(home) as pilot:
        await comparing(pilot)
        await settled(pilot)
        await pilot.press(*"KKK")
        assert columns(pilot)[0].column.sampling.top_k == 200


async def test_what_is_saved_tells_what_wrote_it_not_what_is_set_now(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    await comparing(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: len(worker.commands(Generate)) == 2)
    await until(pilot, lambda: "n new seed" not in text_of(pilot.app))
    await pilot.press("T")
    await until(pilot, lambda: worker.commands(Adjust))
    await worker.allow(600)
    await until_shown(pilot, "n new seed")
    seed = worker.commands(Generate)[0].seed
    await pilot.press("n", "K", "down", "y")
    await until_shown(pilot, "Saved in")
    [path] = (home / "texts").iterdir()
    content, values = path.read_text("utf-8"), "temperature 0.80, top-k 40, top-p 1.00"
    assert f"--- stage1 1,000 2.300, {values}, seed {seed} ---\n--- from token 0: " in content
    assert f"--- stage1 untrained, {values}, seed {seed} ---\nROMEO:" in content
    assert content.count("seed") == 2


async def test_a_column_whose_checkpoint_was_dropped_says_what_it_uses_now(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    await comparing(pilot)
    shutil.rmtree(run.folder.checkpoints / "001000")
    newer = save_checkpoint(run.folder.path, 1500, val_loss=2.1)
    await worker.allow(600)
    await pilot.press("enter")
    await until(pilot, lambda: [len(text) for text in written(pilot)] == [300] * 2)
    shown = text_of(pilot.app)
    assert "stage1 1,000 2.300 is gone: stage1 1,500 2.100 in its place." in shown
    assert {(one.checkpoint, one.untrained) for one in worker.commands(Generate)} == {
        (str(newer), False),
        (str(newer), True),
    }
    await pilot.press("y")
    await until_shown(pilot, "Saved in")
    [path] = (home / "texts").iterdir()
    assert "--- stage1 1,500 2.100, " in path.read_text("utf-8")


async def test_live_columns_and_a_grid_are_written_by_one_set_of_weights_whose_step_they_name(
    home: Path,
) -> None:
    run, worker = WrittenRun(home), FakeWorker("What say you")
    run.write(opened(), step(10))
    async with worker.listening(run.folder.socket_path()), playing(home, (120, 40)) as pilot:
        await comparing(pilot)
        await worker.allow(600 + 20 * 120)
        await pilot.press("enter")
        await until(pilot, lambda: [len(text) for text in written(pilot)] == [300] * 2)
        assert {one.live_step for one in worker.commands(Generate)} == {LIVE_STEP}
        assert len(worker.commands(Snapshot)) == 1
        assert [column.column.title for column in columns(pilot)] == ["stage2 1,840"] * 2
        await pilot.press("y")
        await until_shown(pilot, "Saved in")
        await pilot.press("g")
        await until(pilot, lambda: len(list((home / "texts").iterdir())) == 2)
        assert {one.live_step for one in worker.commands(Generate)} == {LIVE_STEP}
        assert len(worker.commands(Snapshot)) == 2
        compared, grid = sorted(
            (path.read_text("utf-8") for path in (home / "texts").iterdir()), key=len
        )
        assert compared.count("--- stage2 1,840, ") == 2
        assert "stage2 1,840  seed" in grid
    run.close()


async def test_a_column_without_a_text_is_not_saved(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    worker.refuses = DataError("It is gone.", "Dropped.", "Choose another.")
    await comparing(pilot)
    await pilot.press("enter")
    await until_shown(pilot, "It is gone.")
    assert "y" not in keys(pilot)


async def test_the_best_of_each_run_side_by_side(
    run: WrittenRun, worker: FakeWorker, home: Path
) -> None:
    others = [WrittenRun(home, name, live=False) for name in ("stage2", "stage3", "stage4")]
    for number, other in enumerate(others, start=2):
        other.folder.update(state="finished")
        save_checkpoint(other.folder.path, 100 * number, val_loss=2.0)
    async with playing(home, (120, 40)) as pilot:
        await comparing(pilot)
        await pilot.press("r")
        await until(pilot, lambda: len(columns(pilot)) == 4)
        names = {column.column.choice.run_name for column in columns(pilot)}
        assert names == {"stage1", "stage2", "stage3", "stage4"}
        assert "a" not in keys(pilot)
    for other in others:
        other.close()


async def test_a_grid_is_written_into_a_file(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    await comparing(pilot)
    await worker.allow(20 * 120)
    await pilot.press("g")
    await until_shown(pilot, "Saved in")
    [path] = (home / "texts").iterdir()
    content = path.read_text("utf-8")
    assert path.name.endswith("stage1-grid.txt")
    assert content.count("---\nROMEO:\nWhat say you") == 20
    assert "--- temperature 1.30, top-k off, top-p 1.00 ---" in content
    seed = worker.commands(Generate)[0].seed
    assert content.endswith(f"stage1 1,000 2.300  seed {seed}  length 120  prompt ROMEO:↵\n")


async def test_a_grid_that_is_stopped_keeps_what_is_whole(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    await comparing(pilot)
    await worker.allow(2 * 120 + 30)
    await pilot.press("g")
    await until_shown(pilot, "grid 3 / 20")
    await until(pilot, lambda: len(worker.commands(Generate)) == 3)
    await pilot.press("escape")
    await until_shown(pilot, "Saved in")
    [path] = (home / "texts").iterdir()
    content = path.read_text("utf-8")
    assert content.count("---\nROMEO:\n") == 2
    assert "\n2 of 20, then: stopped\n" in content
    assert isinstance(pilot.app.screen, CompareScreen)


async def test_a_grid_whose_worker_dies_says_how_much_there_is_and_why(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], home: Path
) -> None:
    await comparing(pilot)
    await worker.allow(2 * 120 + 30)
    await pilot.press("g")
    await until(pilot, lambda: len(worker.commands(Generate)) == 3)
    await worker.die()
    shown = await until_shown(pilot, "2 of 20, then: ")
    assert "Saved in" in shown
    [path] = (home / "texts").iterdir()
    assert "\n2 of 20, then: The worker" in path.read_text("utf-8")


@pytest.mark.parametrize("key", ["enter", "g"])
async def test_a_refusal_is_a_line_and_the_app_lives(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None], key: str
) -> None:
    worker.refuses = DataError("It is [damaged].", "A bit flipped.", "Choose another.")
    await comparing(pilot)
    await pilot.press(key)
    await until_shown(pilot, "It is [damaged].")
    await until(pilot, lambda: keys(pilot).get("Esc") == "back")
    await pilot.press("escape")
    assert isinstance(pilot.app.screen, PlaygroundScreen)


async def test_leaving_in_mid_text_leaves_nothing_behind(
    run: WrittenRun, worker: FakeWorker, pilot: Pilot[None]
) -> None:
    await comparing(pilot)
    await pilot.press("enter")
    await worker.allow(4)
    await until(pilot, lambda: sum(map(len, written(pilot))) == 4)
    await pilot.press("escape")
    await until(pilot, lambda: keys(pilot).get("Esc") == "back")
    await pilot.press("escape", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, PlaygroundScreen))
    await until(pilot, lambda: len(worker.commands(Generate)) == 3)

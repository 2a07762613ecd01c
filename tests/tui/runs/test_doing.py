"""What is done with runs on disk: renaming, notes, the trash, exports."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
import yaml
from disk_faults import failing_sync
from saved_run import save_checkpoint
from written_run import WrittenRun, evaluated, opened, sample, step

from ttgpt.engine import events
from ttgpt.engine.config import RunConfig
from ttgpt.engine.errors import DataError, UsageError
from ttgpt.engine.runs import labels
from ttgpt.engine.runs.rundir import RunFolder, find_run, list_runs
from ttgpt.tui.runs import trash
from ttgpt.tui.runs.detail import read_detail
from ttgpt.tui.runs.differences import changes, shown_value, written_value
from ttgpt.tui.runs.export import export_run
from ttgpt.tui.runs.glance import glance
from ttgpt.tui.runs.history import read_history


@pytest.fixture
def run(home: Path) -> WrittenRun:
    run = WrittenRun(home, live=False)
    run.write(opened(), evaluated(0))
    run.train(600)
    run.write(sample(600, "\x1b[31mred"), events.Finished(600, "stopped"))
    run.folder.update(state="stopped")
    save_checkpoint(run.folder.path, 500)
    run.close()
    return run


def test_a_renamed_run_is_found_by_its_new_name(home: Path, run: WrittenRun) -> None:
    renamed = labels.rename_run(home, run.folder, "the best one")
    assert find_run(home, "the best one").path == renamed.path
    assert renamed.info().name == "the best one"
    assert renamed.info().id == renamed.path.name
    assert not run.folder.path.exists()
    assert renamed.owner() is None


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_name_that_the_disk_refuses_changes_nothing(
    home: Path, run: WrittenRun, nth: int
) -> None:
    before = run.folder.info()
    with failing_sync(nth), pytest.raises(DataError, match="'stage2' cannot be renamed"):
        labels.rename_run(home, run.folder, "other")
    assert [found.path for found in list_runs(home)] == [run.folder.path]
    assert run.folder.info() == before
    assert labels.rename_run(home, run.folder, "other").info().name == "other"


def test_a_rename_that_a_crash_cut_short_can_be_done_again(home: Path, run: WrittenRun) -> None:
    half = RunFolder(run.folder.path.with_name(run.folder.path.name.replace("stage2", "other")))
    run.folder.path.rename(half.path)
    renamed = labels.rename_run(home, half, "other")
    assert (renamed.path, renamed.info().name) == (half.path, "other")


@pytest.mark.parametrize("name", ["taken", "", "a/b", ".hidden"])
def test_a_bad_name_changes_nothing(home: Path, run: WrittenRun, name: str) -> None:
    WrittenRun(home, "taken", live=False).close()
    with pytest.raises(UsageError):
        labels.rename_run(home, run.folder, name)
    assert run.folder.info().name == "stage2"


def test_a_lock_that_cannot_be_taken_is_told_and_changes_nothing(
    home: Path, run: WrittenRun
) -> None:
    run.folder.lock.unlink(missing_ok=True)
    run.folder.lock.mkdir()
    with pytest.raises(DataError, match="'stage2' cannot be renamed"):
        labels.rename_run(home, run.folder, "other")
    assert run.folder.info().name == "stage2"


def test_a_live_run_keeps_its_name(home: Path) -> None:
    live = WrittenRun(home, "live")
    with pytest.raises(UsageError, match="live"):
        labels.rename_run(home, live.folder, "other")
    assert live.folder.path.exists()
    live.close()


def test_a_note_is_kept_and_taken_away(run: WrittenRun) -> None:
    labels.write_note(run.folder, "  with half the rate\n")
    assert labels.read_note(run.folder) == "with half the rate"
    assert ("note", "with half the rate") in read_detail(glance(run.folder)).entries
    with pytest.raises(UsageError):
        labels.write_note(run.folder, "x" * 3000)
    labels.write_note(run.folder, "")
    assert not (run.folder.path / "note.txt").exists()


def test_what_was_deleted_comes_back(home: Path, run: WrittenRun) -> None:
    trash.move_to_trash(home, run.folder)
    assert list_runs(home) == []
    [thrown] = trash.list_trash(home)
    assert trash.weigh(home)[0] == 1
    back = trash.restore(home, thrown)
    assert back.path == run.folder.path
    assert trash.list_trash(home) == []


@pytest.mark.parametrize("own", ["../../elsewhere", "/tmp/elsewhere", "..", ""])
def test_what_comes_back_takes_no_place_that_its_file_names(
    home: Path, run: WrittenRun, own: str
) -> None:
    before = run.folder.path
    run.folder.update(id=own)
    trash.move_to_trash(home, run.folder)
    [thrown] = trash.list_trash(home)
    assert trash.restore(home, thrown).path == before


def test_a_trash_that_somebody_empties_meanwhile_can_be_looked_at(
    home: Path, run: WrittenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    trash.move_to_trash(home, run.folder)

    def emptied(path: Path) -> RunFolder:
        shutil.rmtree(path)
        return RunFolder(path)

    monkeypatch.setattr(trash, "RunFolder", emptied)
    assert [found.path.exists() for found in trash.list_trash(home)] == [False]


def test_a_name_taken_meanwhile_is_not_overwritten(home: Path, run: WrittenRun) -> None:
    trash.move_to_trash(home, run.folder)
    WrittenRun(home, "stage2", live=False).close()
    [thrown] = trash.list_trash(home)
    with pytest.raises(UsageError, match="exists"):
        trash.restore(home, thrown)
    assert trash.empty_trash(home) == 1
    assert trash.list_trash(home) == []


def test_an_export_holds_every_step_and_reads_back(home: Path, run: WrittenRun) -> None:
    folder = export_run(home, glance(run.folder))
    with (folder / "steps.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == list(range(10, 601, 10))
    assert float(rows[0]["loss"]) == step(10).loss
    with (folder / "evaluations.csv").open(newline="") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["0", "250", "500"]
    config = RunConfig.from_dict(yaml.safe_load((folder / "config.yaml").read_text()))
    assert config == run.folder.config()
    text = (folder / "report.txt").read_text()
    for words in ("run stage2", "state     stopped, step 600 of 3,000", "\u241b[31mred", "best"):
        assert words in text
    assert "\x1b" not in text


def test_the_detail_says_why_what_is_kept_and_what_next(run: WrittenRun) -> None:
    entries = dict(read_detail(glance(run.folder)).entries)
    assert entries["why"] == "somebody stopped it"
    assert "checkpoint 500, whole" in entries["kept"]
    assert "resume loses 100 steps" in entries["kept"]
    assert entries["next"] == "r resumes from 500"


def test_a_crash_is_told_with_its_last_words(home: Path) -> None:
    run = WrittenRun(home, live=False)
    run.write(opened(), step(10))
    run.folder.update(state="running")
    run.folder.log.write_text("Killed\n")
    entries = dict(read_detail(glance(run.folder)).entries)
    assert entries["why"].endswith("Killed")
    assert entries["kept"] == "no whole checkpoint"
    run.close()


def test_settings_read_back_as_they_were_written() -> None:
    raw = {"model": {"n_layer": 3}, "train": {"max_steps": 10, "lr": 0.1 * 3, "milestones": [5, 7]}}
    raw |= {"data": {}, "sample": {"prompts": ["\n", "A:\n"]}}
    config = RunConfig.from_dict(raw)
    plain = RunConfig.from_dict({"model": {}, "train": {"max_steps": 9}, "data": {}, "sample": {}})
    settings = {n: written_value(new) for n, (_, new) in changes(plain, config).items()}
    assert plain.with_settings(settings) == config
    assert shown_value(0.1 * 3) == "0.3"
    assert shown_value(None) == "none"


def test_a_history_is_thinned_and_goes_back_where_the_run_did(home: Path) -> None:
    run = WrittenRun(home, live=False)
    run.write(opened(), evaluated(0), step(10), step(20), evaluated(20), step(30))
    run.write(opened(steps_done=10), step(20), evaluated(20), step(30))
    history = read_history(glance(run.folder))
    assert [number for number, _ in history.train] == [10, 20, 30]
    assert [number for number, _ in history.val] == [0, 20]
    assert history.against_tokens(history.val)[1][0] == 20 * 1024
    assert history.best is not None
    run.write(evaluated(30), opened(steps_done=20), step(25))
    assert [number for number, _ in read_history(glance(run.folder)).val] == [0, 20]
    run.close()


def test_an_export_tells_what_was_given_up_when_the_run_went_back(home: Path) -> None:
    run = WrittenRun(home, live=False)
    run.write(opened(), step(10), step(20), evaluated(20), step(30))
    run.write(opened(steps_done=20), step(30), step(40), opened(steps_done=10), step(20))
    folder = export_run(home, glance(run.folder))
    with (folder / "steps.csv").open(newline="") as file:
        rows = [(row["step"], row["session"], row["is_kept"]) for row in csv.DictReader(file)]
    assert rows == [
        ("10", "1", "True"),
        ("20", "1", "False"),
        ("30", "1", "False"),
        ("30", "2", "False"),
        ("40", "2", "False"),
        ("20", "3", "True"),
    ]
    with (folder / "evaluations.csv").open(newline="") as file:
        assert [row["is_kept"] for row in csv.DictReader(file)] == ["False"]
    run.close()

"""Going back to a checkpoint: the good one is found, and nothing after it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from saved_run import damage, save_checkpoint
from written_run import WrittenRun

from ttgpt.engine.checkpoints import rewind
from ttgpt.engine.checkpoints.info import list_checkpoints
from ttgpt.engine.errors import DataError
from ttgpt.engine.runs.rundir import RunFolder


@pytest.fixture
def run(home: Path) -> Iterator[RunFolder]:
    made = WrittenRun(home, live=False)
    for step in (100, 200, 300, 400):
        save_checkpoint(made.folder.path, step)
    yield made.folder
    made.close()


def steps(run: RunFolder) -> list[int]:
    return [found.step for found in list_checkpoints(run.path)]


def test_the_good_one_is_whole_and_from_before_the_trouble(run: RunFolder) -> None:
    newest = rewind.last_good(run, 350)
    assert newest is not None
    assert newest.step == 300
    damage(newest.path)
    before = rewind.last_good(run, 350)
    assert before is not None
    assert before.step == 200
    assert rewind.last_good(run, 100) is None


def test_later_ones_are_set_aside_not_deleted(run: RunFolder) -> None:
    moved = rewind.set_aside_after(run, 200)
    assert steps(run) == [100, 200]
    assert [path.name for path in moved] == ["000400", "000300"]
    assert all((path / "weights.safetensors").is_file() for path in moved)


def test_a_second_time_keeps_both(run: RunFolder) -> None:
    rewind.set_aside_after(run, 300)
    save_checkpoint(run.path, 400)
    [moved] = rewind.set_aside_after(run, 300)
    assert moved.name == "000400-2"
    assert (moved.parent / "000400").is_dir()


def test_what_is_not_there_is_refused_and_nothing_moves(run: RunFolder) -> None:
    with pytest.raises(DataError, match="no whole checkpoint of step 250"):
        rewind.set_aside_after(run, 250)
    assert steps(run) == [100, 200, 300, 400]

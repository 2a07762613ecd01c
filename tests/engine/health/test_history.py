"""The evaluations that a worker finds in its run's events when it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from written_run import WrittenRun, evaluated, opened, step

from ttgpt.engine.health.history import evaluations


@pytest.fixture
def run(home: Path) -> Iterator[WrittenRun]:
    made = WrittenRun(home, live=False)
    yield made
    made.close()


def test_those_up_to_the_step_are_read(run: WrittenRun) -> None:
    run.write(opened(), evaluated(0), step(10), evaluated(250), step(260), evaluated(500))
    assert [found.step for found in evaluations(run.folder.events, 300)] == [0, 250]


def test_after_going_back_the_later_ones_no_longer_count(run: WrittenRun) -> None:
    run.write(opened(), *(evaluated(number) for number in (0, 250, 500, 750)))
    run.write(opened(steps_done=250), evaluated(400))
    assert [found.step for found in evaluations(run.folder.events, 900)] == [0, 250, 400]


def test_what_cannot_be_read_is_left_out(run: WrittenRun, tmp_path: Path) -> None:
    run.write(opened(), evaluated(0))
    with run.folder.events.open("ab") as file:
        file.write(b'{"type":"evaluated","step":\xff\n')
    assert [found.step for found in evaluations(run.folder.events, 10)] == [0]
    assert evaluations(tmp_path / "nothing", 10) == []

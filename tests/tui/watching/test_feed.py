"""A run known from its index, or at first in outline, is the run that its events tell of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from written_run import WrittenRun, evaluated, opened, sample, step

from ttgpt.engine import events
from ttgpt.tui.runs.spread import Spread
from ttgpt.tui.watching import event_index, feed, preview
from ttgpt.tui.watching.detail import read_detail
from ttgpt.tui.watching.state import RunState
from ttgpt.tui.watching.watch import RunWatch


@pytest.fixture(autouse=True)
def _index_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "_INDEX_EVERY", 1000)
    monkeypatch.setattr(feed, "_READ_AGAIN", 4000)
    monkeypatch.setattr(feed, "_PLACE_EVERY", 2000)


@pytest.fixture
def run(home: Path) -> Iterator[WrittenRun]:
    made = WrittenRun(home)
    made.write(opened())
    made.train(1000)
    made.write(events.Paused(1000), events.Resumed(1000))
    made.write(events.Setting("lr_scale", 1.0, 0.5), step(1010, math.nan))
    made.write(events.Health("plateau", "warning", 1010, "no progress"))
    made.write(events.Telemetry([{"temperature": 61.0, "power": None}]))
    yield made
    made.close()


def read(run: WrittenRun) -> RunWatch:
    """Watch a run until all is read, and its index is written where there is enough to tell."""
    watch = RunWatch(run.folder)
    watch.read_all()
    watch.poll()
    return watch


def known(state: RunState) -> dict[str, object]:
    """Give all that a screen shows of a run."""
    history = state.history
    curves = [history.loss, history.lr, history.grad_norm, history.tokens_per_s]
    chips = [sorted(chip) for chip in history.chips]
    return {
        "where": (state.phase, state.step, state.max_steps, state.last_seq, state.is_paused),
        "curves": [repr((list(curve.steps), list(curve.means))) for curve in curves],
        "time": (history.clock.now, [history.clock.at(at) for at in range(0, 1500, 7)]),
        "done": (state.evaluations, state.samples, list(state.checkpoints)),
        "told": (list(state.notices), list(state.changes), state.standing.findings),
        "marks": (state.restarts, list(state.pauses)),
        "chips": (chips, state.telemetry),
        "newest": repr((state.newest, state.train_loss)),
        "pace": (state.pace.ms_per_step, state.seconds_left),
    }


def index_of(run: WrittenRun) -> Path:
    return run.folder.events.with_name(event_index.NAME)


def without_index(run: WrittenRun) -> dict[str, object]:
    index_of(run).unlink(missing_ok=True)
    return known(read(run).state)


def test_an_index_tells_what_the_events_tell(run: WrittenRun) -> None:
    wanted = known(read(run).state)
    assert index_of(run).is_file()
    watch = RunWatch(run.folder)
    assert watch.poll()
    assert known(watch.state) == wanted


def test_an_index_has_little_of_a_run_with_many_evaluations(
    run: WrittenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ttgpt.tui.watching.state._MOST_EVALUATIONS", 24)
    monkeypatch.setattr("ttgpt.tui.watching.state._MOST_SAMPLES", 16)
    for number in range(1020, 4000, 10):
        run.write(step(number), evaluated(number), sample(number))
    first = known(read(run).state)
    index = event_index.load_index(run.folder.events)
    assert index is not None
    assert len(index.kept) <= 24 + 16 + 2
    assert len(index.others) < 20  # of 600 evaluations and samples not one is read again
    assert known(read(run).state) == first
    run.write(*(evaluated(number) for number in range(4000, 4500, 10)), step(4500))
    assert known(read(run).state) == without_index(run)


def test_what_came_after_an_index_is_read(run: WrittenRun) -> None:
    read(run)
    run.write(step(1020), evaluated(1020), sample(1020), events.Paused(1020))
    assert known(read(run).state) == without_index(run)


def test_an_index_made_with_the_help_of_another_is_as_good(run: WrittenRun) -> None:
    read(run)
    run.write(events.Setting("lr_scale", 0.5, 0.7), step(1020))
    read(run)
    for first in range(1030, 2000, 300):  # each reading begins where the index before it ends
        run.train(first + 290, first=first)
        run.write(events.Setting("lr_scale", 0.7, 0.5))
        read(run)
    found, wanted = known(read(run).state), without_index(run)
    for exact in ("where", "curves", "time", "done", "told", "marks"):
        assert found[exact] == wanted[exact]


def test_a_run_that_went_back_since_its_index_is_shown_as_it_is(run: WrittenRun) -> None:
    read(run)
    run.write(opened(steps_done=500), *(step(at) for at in range(510, 700, 10)))
    found = read(run)
    assert found.state.restarts == [500]
    assert known(found.state) == without_index(run)
    assert known(read(run).state) == without_index(run)


def test_an_index_of_other_events_is_not_believed(run: WrittenRun) -> None:
    read(run)
    data = run.folder.events.read_bytes()
    run.folder.events.write_bytes(data.replace(b'"step":10,', b'"step":11,'))
    assert known(read(run).state) == without_index(run)
    run.folder.events.write_bytes(data[: len(data) // 2])
    assert known(read(run).state) == without_index(run)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_damaged_index_is_not_believed(run: WrittenRun, data: st.DataObject) -> None:
    wanted = known(read(run).state)
    whole = bytearray(index_of(run).read_bytes())
    place = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        whole[place] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del whole[place:]
    index_of(run).write_bytes(bytes(whole))
    assert event_index.load_index(run.folder.events) is None
    assert known(read(run).state) == wanted


def test_a_folder_that_cannot_be_written_to_is_read_all_the_same(
    run: WrittenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, data: bytes) -> None:
        raise PermissionError

    monkeypatch.setattr(event_index.atomic, "write_bytes", refuse)
    assert read(run).state.step == 1010
    assert not index_of(run).exists()


def test_single_steps_of_a_part_are_read_again(run: WrittenRun) -> None:
    watch = read(run)
    begin, end = watch.feed.span(300, 400)
    assert 0 < begin < end < run.folder.events.stat().st_size
    history = read_detail(run.folder.events, begin, end)
    assert history is not None
    assert set(range(300, 401, 10)) <= set(history.loss.steps)
    assert len(history.loss) < 60


def test_a_part_that_the_disk_refuses_stays_an_outline(run: WrittenRun) -> None:
    _, end = read(run).feed.span(300, 400)
    run.folder.events.unlink()
    run.folder.events.mkdir()
    assert read_detail(run.folder.events, 0, end) is None


def test_however_long_a_run_is_a_part_of_it_is_found(
    run: WrittenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_PLACE_EVERY", 200)
    monkeypatch.setattr(feed, "_PLACE_SHARE", 16)
    monkeypatch.setattr("ttgpt.tui.watching.watch._BLOCK", 300)
    run.train(3000, first=1020)
    found = read(run).feed
    assert len(found._places) < 2 * 16 * 8
    for low in range(100, 2900, 130):
        begin, end = found.span(low, low + 10)
        assert end - begin < 1000 + end / 4
        history = read_detail(run.folder.events, begin, end)
        assert history is not None
        assert {low, low + 10} <= set(history.loss.steps)


def test_of_a_long_run_the_outline_comes_first(
    run: WrittenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "_LONG", 1000)
    monkeypatch.setattr(preview, "OVERVIEW", Spread(1000, 2000, 3, 500))
    watch = RunWatch(run.folder)
    assert watch.poll()
    outline = watch.state
    assert (outline.step, outline.newest.tokens if outline.newest else 0) == (1010, 1010 * 1024)
    assert 5 < len(outline.raw) < 60
    assert watch.share_read == 0
    while watch.state is outline:
        watch.poll()
    assert watch.share_read == 1
    assert known(watch.state) == without_index(run)

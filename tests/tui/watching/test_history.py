import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_run import opened, step

from ttgpt.engine import events
from ttgpt.tui.watching.history import Clock, History
from ttgpt.tui.watching.state import RunState


def ticked(*marks: tuple[int, float], began: float = 100.0) -> Clock:
    clock = Clock()
    clock.opened(began, 0)
    for at, mono in marks:
        clock.stepped([at], [mono])
    return clock


def test_pauses_and_the_time_between_workers_are_left_out() -> None:
    clock = ticked((10, 110.0))
    clock.paused(112.0)
    clock.resumed(1112.0)
    clock.stepped([20], [1115.0])
    assert (clock.at(10), clock.at(20), clock.now) == (10.0, 15.0, 15.0)
    clock.opened(7.0, 10)  # another worker, on a clock of its own, goes on from step 10
    clock.stepped([20], [12.0])
    assert (clock.at(10), clock.at(20)) == (10.0, 15.0)


def test_between_two_steps_and_after_the_last_time_goes_evenly() -> None:
    clock = ticked((10, 120.0), (20, 160.0))
    assert [clock.at(at) for at in (0, 5, 15, 40)] == [0.0, 10.0, 40.0, 120.0]


@given(st.lists(st.floats(0.01, 1e3), min_size=1, max_size=40))
def test_a_step_is_found_again_by_its_time(gaps: list[float]) -> None:
    clock, mono = Clock(), 0.0
    clock.opened(0.0, 0)
    for number, gap in enumerate(gaps, start=1):
        mono += gap
        clock.stepped([number], [mono])
    for number in range(1, len(gaps) + 1):
        assert clock.step_at(clock.at(number)) == pytest.approx(number, abs=1e-6)


def test_readings_of_chips_are_kept_and_what_is_no_number_is_not() -> None:
    history = History()
    history.measured(5, [{"temperature": 60.0, "power": None, "clock": "fast"}])
    history.measured(6, [{"temperature": math.nan}, {"power": True}])
    assert [list(chip) for chip in history.chips] == [["temperature"], []]
    assert list(history.chips[0]["temperature"]) == [(5, 60.0)]


def test_memory_does_not_grow_with_the_steps() -> None:
    state = RunState()
    state.apply(events.Envelope(1, 0.0, 0.0, opened()))
    for number in range(1, 9000):
        state.apply(events.Envelope(number, 0.0, float(number), step(number)))
    curves = (state.history.loss, state.history.lr, state.history.clock._seconds)
    assert all(len(curve) <= 2048 for curve in curves)
    assert state.history.loss.steps[-1] == 8999

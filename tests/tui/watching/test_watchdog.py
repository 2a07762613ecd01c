"""When a run counts as stalled, and when it must not."""

from __future__ import annotations

import pytest
from written_run import evaluated, opened, sample, step

from ttgpt.engine import events
from ttgpt.tui.possible import can_want
from ttgpt.tui.watching.facts import RunFacts
from ttgpt.tui.watching.state import RunState
from ttgpt.tui.watching.watchdog import (
    LEAST_SECONDS,
    OPENING_SECONDS,
    PASSING_SECONDS,
    Watchdog,
    patience,
)


class Clock:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """A run that is watched, event by event."""

    def __init__(self, ms: float = 277.0) -> None:
        self.clock, self.state = Clock(), RunState()
        self.dog = Watchdog(self.clock, self.clock)
        self._seq = 0
        self._ms = ms
        self.hear(opened())

    def hear(self, *items: events.Event) -> None:
        for item in items:
            self._seq += 1
            self.state.apply(events.Envelope(self._seq, self.clock.now, self.clock.now, item))
        assert not self.dog.look(self.state)

    def train(self, steps: int = 10) -> None:
        for number in range(1, steps + 1):
            self.clock.now += self._ms / 1000
            self.hear(events.Step(number, number, 2.0, 1e-3, 1.0, self._ms, 1.0))

    def wait(self, seconds: float) -> bool:
        self.clock.now += seconds
        return self.dog.look(self.state)


def test_a_minute_without_a_step_is_a_stall() -> None:
    run = Watched()
    run.train()
    assert not run.wait(LEAST_SECONDS - 1)
    assert run.wait(2)
    assert run.state.phase == "stalled"
    assert not run.wait(600)  # it is told once


def test_the_next_step_ends_it() -> None:
    run = Watched()
    run.train()
    assert run.wait(61)
    run.hear(step(11))
    assert run.state.phase == "training"
    assert not run.wait(59)


def test_slow_steps_get_twenty_of_their_own() -> None:
    run = Watched(ms=10_000.0)
    run.train()
    assert not run.wait(199)
    assert run.wait(2)


def test_where_few_steps_are_logged_three_of_those_spans_must_pass() -> None:
    run = Watched()
    for number in (100, 200, 300, 400):
        run.clock.now += 50
        run.hear(step(number))
    assert patience(run.state) == pytest.approx(150)


@pytest.mark.parametrize(
    ("ms", "limit"), [(277.0, LEAST_SECONDS), (10_000.0, 200.0)], ids=["short", "long"]
)
def test_the_first_step_is_enough_to_expect_another(ms: float, limit: float) -> None:
    run = Watched(ms)
    run.train(1)  # with a log_interval of 1,000 the next is logged an hour later
    assert not run.wait(limit - 1)
    assert run.wait(2)


@pytest.mark.parametrize("saying", [[], [events.Compiling("kernels")]], ids=["open", "compiling"])
def test_the_first_step_may_take_a_quarter_of_an_hour(saying: list[events.Event]) -> None:
    run = Watched()
    run.hear(*saying)
    before = run.state.phase, run.state.waits_for
    assert not run.wait(OPENING_SECONDS - 1)
    assert run.wait(2)
    assert can_want("kill", run.state, RunFacts())
    run.dog.answered()
    run.state.busy()
    assert (run.state.phase, run.state.waits_for) == before


def test_a_worker_that_goes_on_is_measured_from_its_own_start() -> None:
    run = Watched()
    run.train()
    run.clock.now += 86_400
    run.state.starting(run.clock.now)
    assert not run.wait(OPENING_SECONDS - 1)
    assert run.wait(2)


@pytest.mark.parametrize(
    "passing",
    [events.Evaluating(10), events.Sampling(10), events.Saving(10)],
    ids=lambda event: event.type,
)
def test_what_is_not_a_step_may_take_longer_but_not_for_ever(passing: events.Event) -> None:
    run = Watched()
    run.train()
    run.hear(passing)
    phase = run.state.phase
    assert not run.wait(PASSING_SECONDS - 1)
    assert run.wait(2)
    assert can_want("kill", run.state, RunFacts())
    assert run.state.overdue == f"nothing is heard any more while {phase}"
    run.dog.answered()
    run.state.busy()
    assert run.state.phase == phase  # it answers between two parts of it
    assert not run.wait(PASSING_SECONDS - 1)


@pytest.mark.parametrize(
    "passing",
    [events.Paused(10, "asked"), events.Finished(10, "max_steps")],
    ids=lambda event: event.type,
)
def test_where_nothing_is_due_silence_means_nothing(passing: events.Event) -> None:
    run = Watched()
    run.train()
    run.hear(passing)
    assert not run.wait(86_400)


@pytest.mark.parametrize("after", [evaluated(10), sample(10)], ids=lambda event: event.type)
def test_after_it_steps_are_due_again(after: events.Event) -> None:
    run = Watched()
    run.train()
    run.clock.now += 600
    run.hear(after)
    assert not run.wait(59)
    assert run.wait(2)


def test_readings_of_a_chip_are_no_sign_of_life() -> None:
    run = Watched()
    run.train()
    run.clock.now += 59
    run.hear(events.Telemetry([{"temperature": 51.0}]))
    assert run.wait(2)


def test_a_run_that_stalled_before_one_looked_is_found_at_once() -> None:
    run = Watched()
    run.train()
    dog = Watchdog(run.clock, lambda: run.clock.now + 600)
    assert dog.look(run.state)


def test_an_answer_ends_it_for_another_while() -> None:
    run = Watched()
    run.train()
    assert run.wait(61)
    run.dog.answered()
    run.state.busy("waits for disk space")
    assert run.state.phase == "training"
    assert run.state.waits_for == "waits for disk space"
    assert not run.wait(59)
    assert run.wait(2)

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_run import checkpoint, evaluated, opened, sample, step

from ttgpt.engine import events
from ttgpt.engine.runs.event_log import Damaged
from ttgpt.tui.possible import can_ask
from ttgpt.tui.watching.standing import Standing
from ttgpt.tui.watching.state import RunState


def applied(*items: events.Event, state: RunState | None = None) -> RunState:
    state = state or RunState()
    for item in items:
        seq = state.last_seq + 1
        state.apply(events.Envelope(seq, 1000.0 + seq, float(seq), item))
    return state


REFUSED = events.Failed(10, "EnvironmentNotReady", "The device is in use.", is_refusal=True)


@pytest.mark.parametrize(
    ("items", "phase"),
    [
        ([], "starting"),
        ([events.Compiling("opening the device")], "starting"),
        ([opened()], "training"),
        ([opened(), events.Compiling("kernels")], "compiling"),
        ([opened(), step(10)], "training"),
        ([opened(), events.Evaluating(10)], "evaluating"),
        ([opened(), events.Evaluating(10), evaluated(10)], "training"),
        ([opened(), events.Sampling(10)], "sampling"),
        ([opened(), events.Sampling(10), sample(10)], "training"),
        ([opened(), events.Saving(10)], "saving"),
        ([opened(), events.Saving(10), checkpoint(10)], "training"),
        ([opened(), events.Paused(10)], "paused"),
        ([opened(), events.Paused(10), events.Sampling(10), sample(10)], "paused"),
        ([opened(), events.Paused(10), events.Resumed(10)], "training"),
        ([opened(), events.Finished(10, "max_steps")], "finished"),
        ([opened(), events.Finished(10, "early_stop")], "finished"),
        ([opened(), events.Finished(10, "signal")], "stopped"),
        ([opened(), events.Failed(10, "ValueError", "x")], "failed"),
        ([opened(), events.Finished(10, "stopped"), events.Closed("done")], "stopped"),
        ([opened(), events.Finished(10, "stopped"), events.Compiling("x")], "starting"),
        ([opened(), events.Finished(10, "max_steps"), events.Compiling("x"), REFUSED], "finished"),
        ([opened(), events.Finished(10, "stopped"), REFUSED], "stopped"),
        ([REFUSED], "failed"),
    ],
)
def test_the_phase_follows_from_the_events(items: list[events.Event], phase: str) -> None:
    state = applied(*items)
    assert state.phase == phase
    assert state.is_live == (phase not in ("finished", "stopped", "failed"))


def test_a_phase_remembers_when_it_began() -> None:
    state = applied(opened(), events.Compiling("one"), events.Compiling("two"))
    assert (state.phase_since, state.waits_for) == (1002.0, "two")


def test_asked_to_stop_it_is_stopping_until_it_has_stopped() -> None:
    state = applied(opened(), step(10))
    state.stopping()
    assert state.phase == "stopping"
    assert applied(step(20), state=state).phase == "stopping"
    assert applied(events.Saving(20), state=state).phase == "saving"
    assert applied(checkpoint(20), state=state).phase == "stopping"
    assert applied(events.Finished(20, "stopped"), state=state).phase == "stopped"
    state.stopping()
    assert state.phase == "stopped"


def test_a_stop_that_cannot_save_is_no_longer_stopping() -> None:
    state = applied(opened(), events.Paused(10))
    state.stopping()
    failed = events.Health("save_failed", "error", 10, "No space left.")
    applied(events.Saving(10), failed, state=state)
    assert (state.phase, state.is_stopping) == ("paused", False)
    assert can_ask("stop", state)
    assert can_ask("resume", state)
    state.stopping()
    assert applied(events.Paused(10), state=state).phase == "paused"
    assert not state.is_stopping


def test_what_a_resumed_run_did_after_its_checkpoint_never_happened() -> None:
    state = applied(opened(), *(step(n) for n in range(10, 101, 10)))
    applied(evaluated(50), evaluated(100), sample(50), sample(100), state=state)
    applied(checkpoint(50), checkpoint(100), opened(steps_done=50), state=state)
    assert [number for number, _ in state.raw] == [10, 20, 30, 40, 50]
    for kept in (state.evaluations, state.samples, state.checkpoints):
        assert [found.step for found in kept] == [50]
    assert (state.step, state.restarts, state.phase) == (50, [50], "training")
    applied(step(60), opened(steps_done=0), state=state)
    assert (list(state.raw), state.restarts) == ([], [0])


def test_a_setting_that_was_changed_after_its_checkpoint_is_no_longer_told() -> None:
    state = applied(opened(), step(40), events.Setting("train.lr_scale", 1.0, 0.5))
    applied(step(80), events.Setting("train.lr_scale", 0.5, 10.0), state=state)
    applied(opened(steps_done=50), state=state)
    assert [notice.text for notice in state.notices] == ["train.lr_scale is now 0.5 (was 1.0)."]


def test_the_end_of_a_run_is_forgotten_when_it_goes_on() -> None:
    state = applied(opened(), events.Failed(10, "ValueError", "x"))
    assert state.failure is not None
    applied(opened(steps_done=10), state=state)
    assert (state.failure, state.phase) == (None, "training")


def test_the_best_evaluation_is_the_last_that_said_so() -> None:
    state = applied(opened(), evaluated(50), evaluated(100), evaluated(150, is_best=False))
    assert state.best is not None
    assert state.best.step == 100


def test_an_evaluation_done_again_replaces_itself() -> None:
    assert len(applied(evaluated(50), evaluated(50)).evaluations) == 1


def test_a_loss_that_is_no_number_is_a_gap() -> None:
    state = applied(opened(), step(10), step(20, math.nan), step(30))
    assert [math.isnan(value) for _, value in state.raw] == [False, True, False]


def test_changes_findings_and_strangers_become_notices() -> None:
    state = applied(
        opened(),
        events.Setting("train.max_steps", 3000, 5000),
        events.Health("rounding", "warning", 10, "another CPU", "evidence"),
        events.Unknown("weather", {"rain": 1}),
    )
    state.apply(Damaged(7, "not JSON"))
    assert state.max_steps == 5000
    levels = [notice.level for notice in state.notices]
    assert levels == ["info", "warning", "info", "warning"]
    assert "'weather'" in state.notices[2].text
    assert "not JSON" in state.notices[3].text


def test_a_log_of_before_may_tell_of_a_faster_step() -> None:
    state = applied(opened(), step(10), events.Compiling("trying the compiled step"))
    assert (state.phase, state.waits_for) == ("compiling", "trying the compiled step")
    applied(events.Tuned(10, "The compiled step takes over."), state=state)
    assert (state.phase, state.waits_for) == ("training", "")
    assert state.notices[-1].text == "The compiled step takes over."
    assert state.notices[-1].step == 10


def test_all_kinds_of_events_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    state = applied(opened(), events.Telemetry([{"temperature": 40.0}]), events.Closed("done"))
    assert state.telemetry == [{"temperature": 40.0}]


def test_memory_does_not_grow_with_the_run() -> None:
    state = applied(opened())
    for number in range(1, 5001):
        applied(evaluated(number, is_best=number == 3), sample(number, "x"), state=state)
        state.apply(Damaged(number, "x"))
    assert len(state.evaluations) <= 2048
    assert len(state.samples) <= 512
    assert len(state.notices) <= 100
    assert state.samples[0].step == 1
    assert state.samples[-1].step == 5000
    assert state.best is not None
    assert state.best.step == 3


@given(
    st.lists(
        st.sampled_from(
            [
                opened(),
                opened(steps_done=20),
                step(10),
                step(30, math.inf),
                events.Evaluating(10),
                evaluated(10),
                sample(10),
                checkpoint(10),
                events.Paused(10),
                events.Resumed(10),
                events.Finished(10, "max_steps"),
                events.Failed(10, "x", ""),
                events.Closed(),
                events.Unknown("x", {}),
            ]
        )
    )
)
def test_events_in_any_order_give_a_state(items: list[events.Event]) -> None:
    state = applied(*items)
    assert state.seconds_left is None or state.seconds_left >= 0
    steps = [number for number, _ in state.raw]
    assert steps == sorted(steps)


def test_a_stage_once_reached_is_kept_by_whoever_goes_on() -> None:
    standing = Standing()
    for at, title in ((500, "words emerge"), (600, "letters")):
        assert standing.take(events.Health("stage", "info", at, title))
    assert standing.stage is not None
    assert standing.stage.text == "words emerge"

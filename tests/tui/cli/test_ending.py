from __future__ import annotations

import pytest

from ttgpt.engine import events
from ttgpt.engine.errors import Interrupted
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.tui.cli.ending import check_end
from ttgpt.tui.watching.state import RunState


def ended(step: int, reason: str) -> RunState:
    state = RunState()
    state.apply(events.Envelope(1, 0.0, 0.0, events.Finished(step, reason)))
    return state


@pytest.mark.parametrize("reason", ["max_steps", "early_stop"])
def test_a_run_that_did_all_it_was_to_do_ended_well(run: RunFolder, reason: str) -> None:
    check_end(run, ended(500, reason))


@pytest.mark.parametrize(
    ("step", "reason", "why"),
    [
        (500, "stopped", "Everything is saved."),
        (500, "signal", "Everything is saved."),
        (500, "aborted", "It was to end without saving."),
        (0, "stopped", "nothing to save"),
    ],
)
def test_a_stopped_run_says_what_is_kept(run: RunFolder, step: int, reason: str, why: str) -> None:
    with pytest.raises(Interrupted, match=why):
        check_end(run, ended(step, reason))


def test_a_run_stopped_before_its_device_was_open(run: RunFolder) -> None:
    with pytest.raises(Interrupted, match="had not begun"):
        check_end(run, RunState(), asked=True)

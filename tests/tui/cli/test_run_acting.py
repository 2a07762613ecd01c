"""What the Train screen does with a run, by name."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from saved_run import save_checkpoint

from ttgpt.engine import events
from ttgpt.engine.runs import going_back
from ttgpt.engine.runs.event_log import EventWriter
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.runs.starting import StartedRun
from ttgpt.tui.cli.follow import Follower, show_nothing
from ttgpt.tui.watching.watchdog import Watchdog

Call = Callable[..., Any]


@pytest.mark.usefixtures("live")
def test_settings_are_changed_one_by_one(call: Call) -> None:
    result = call("runs", "set", "stage2", "train.lr_scale=0.5", "sample.interval=50")
    assert result.out.splitlines() == [
        "train.lr_scale is now 0.5 (was before)",
        "sample.interval is now 50 (was before)",
    ]
    told = call("runs", "set", "stage2", "sample.prompts=A=B", "--json").document
    assert told["changed"] == [{"name": "sample.prompts", "old": "before", "new": "A=B"}]


def test_what_is_no_setting_is_said_before_anybody_is_asked(call: Call, run: RunFolder) -> None:
    result = call("runs", "set", "stage2", "faster")
    assert result.code == 2
    assert "'faster' is not a setting" in result.err


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("what", ["sample", "checkpoint"])
def test_a_live_run_is_asked(call: Call, what: str) -> None:
    assert "after its current step" in call("runs", what, "stage2").out
    assert call("runs", what, "stage2", "--json").document["step"] == 2


def test_a_run_that_is_not_live_has_nobody_to_ask(call: Call, run: RunFolder) -> None:
    run.update(state="finished")
    for command in (["sample"], ["checkpoint"], ["abort", "--yes"]):
        result = call("runs", command[0], "stage2", *command[1:])
        assert result.code == 2
        assert "is not live" in result.err


def test_ending_without_saving_wants_a_yes(call: Call, live: subprocess.Popen[bytes]) -> None:
    result = call("runs", "abort", "stage2")
    assert result.code == 2
    assert "Give --yes" in result.err
    assert call("runs", "abort", "stage2", "--yes").code == 0
    assert live.wait() == 0


def test_a_worker_is_killed_by_name(
    call: Call, run: RunFolder, live: subprocess.Popen[bytes]
) -> None:
    assert "Give --yes" in call("runs", "kill", "stage2").err
    told = call("runs", "kill", "stage2", "--yes", "--json").document
    assert told == {"name": "stage2", "pid": live.pid}
    assert live.wait() != 0
    assert "is not live" in call("runs", "kill", "stage2", "--yes").err


@pytest.fixture
def went_back(monkeypatch: pytest.MonkeyPatch, run: RunFolder) -> Iterator[list[Any]]:
    """A run that broke after its second checkpoint; gives what `go_back` was called with."""
    log = EventWriter(run.events)
    log.write(events.Health("diverging", "error", 300, "diverging since step 250", since=250))
    log.write(events.Finished(300, "stopped"))
    log.close()
    run.update(state="stopped", lr_scale=0.8)
    for step in (100, 200, 300):
        save_checkpoint(run.path, step)
    found: list[Any] = []

    def go_back(home: Any, run: RunFolder, step: int, scale: float, *, say: Any) -> StartedRun:
        found.append((step, scale))
        opens = EventWriter(run.events)
        opens.write(events.Opened("torch", "cpu", 1, "float32", 1, 65, step, 400, 64))
        opens.close()
        return StartedRun(run, worker)

    monkeypatch.setattr(going_back, "go_back", go_back)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as worker:
        yield found
        worker.kill()


def test_a_run_goes_back_to_before_its_loss_broke(call: Call, went_back: list[Any]) -> None:
    result = call("runs", "back", "stage2", "--detach")
    assert result.code == 0, result.err
    assert went_back == [(200, 0.4)]


def test_a_run_goes_back_to_any_whole_checkpoint(call: Call, went_back: list[Any]) -> None:
    assert call("runs", "back", "stage2", "--step", "100", "--times", "1", "--detach").code == 0
    assert went_back == [(100, 0.8)]
    result = call("runs", "back", "stage2", "--step", "150")
    assert result.code == 2
    assert "no whole checkpoint of step 150" in result.err


def test_where_nothing_broke_a_step_must_be_named(call: Call, run: RunFolder) -> None:
    run.update(state="stopped")
    save_checkpoint(run.path, 100)
    result = call("runs", "back", "stage2")
    assert result.code == 2
    assert "Give --step" in result.err


def test_silence_is_told_once_while_a_run_is_followed(
    run: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    log = EventWriter(run.events)
    log.write(events.Opened("torch", "cpu", 1, "float32", 1, 65, 0, 400, 64))
    for number in range(1, 4):
        log.write(events.Step(number, number, 2.0, 1e-3, 1.0, 5.0, 1.0))
    log.close()
    follower = Follower(run, show_nothing)
    hours = itertools.count(step=3600)
    follower._watchdog = Watchdog(lambda: next(hours))
    turns = iter([True, True, True, False])
    follower.follow(lambda: next(turns), lambda: None)
    told = capsys.readouterr().err
    assert told.count("stalled: steps are due and none comes; the worker does not answer.") == 1
    assert "ttgpt-tui runs kill stage2" in told

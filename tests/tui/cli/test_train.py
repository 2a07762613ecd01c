from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.tui.cli.setting import read_setting

Drive = Callable[..., Any]


def test_to_the_end(drive: Drive) -> None:
    result = drive("finish", "train", "demo").result()
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert lines[0].startswith("opened   torch cpu float32  804 k parameters")
    assert "step         1 / 2,000  loss 4.000" in result.out
    assert "    ROMEO:" in lines
    assert "\x1b" not in result.out
    assert lines[-1] == "Let it write: ttgpt-tui generate stage2"


def test_json_is_the_file_of_events(drive: Drive, run: RunFolder) -> None:
    result = drive("finish", "train", "demo", "--json").result()
    assert result.code == 0
    assert result.out.encode() == run.events.read_bytes()


def test_a_failed_run_ends_with_its_own_code(drive: Drive) -> None:
    result = drive("fail", "train", "demo").result()
    assert result.code == 4
    assert result.err == (
        "what   The run 'stage2' failed at step 1: The text is gone.\n"
        "why    Somebody moved it.\n"
        "next   Put it back.\n"
    )


def test_a_failed_run_in_json_ends_with_the_error(drive: Drive, run: RunFolder) -> None:
    result = drive("fail", "train", "demo", "--json").result()
    *events, last = result.documents
    assert [event["type"] for event in events] == ["opened", "step", "failed"]
    assert last["error"]["exit_code"] == 4


def test_a_bug_in_the_worker_points_at_its_trace(drive: Drive) -> None:
    result = drive("fail_by_a_bug", "train", "demo").result()
    assert result.code == 1
    assert "worker.log" in result.err
    assert "train --resume stage2" in result.err


def test_a_killed_worker_is_noticed(drive: Drive) -> None:
    result = drive("die", "train", "demo").result()
    assert result.code == 1
    assert "signal 9" in result.err
    assert "train --resume stage2" in result.err


def test_a_worker_that_refuses_is_quoted(drive: Drive) -> None:
    result = drive("refuse", "train", "demo").result()
    assert result.code == 1
    assert "somebody trains this run already" in result.err


def test_ctrl_c_saves_and_stops(drive: Drive, run: RunFolder) -> None:
    driven = drive("serve", "train", "demo")
    driven.until("step         2")
    driven.process.send_signal(signal.SIGINT)
    result = driven.result()
    assert result.code == 5
    assert result.err.startswith("stopping after this step, saving")
    assert "what   The run 'stage2' was stopped at step 2." in result.err
    assert "saved" in result.out
    assert run.state() == "stopped"


def test_ctrl_c_reaches_a_worker_that_does_not_listen_yet(drive: Drive, run: RunFolder) -> None:
    driven = drive("deaf", "train", "demo")
    driven.until("opened")
    driven.process.send_signal(signal.SIGINT)
    assert driven.result().code == 5
    assert run.state() == "stopped"


def test_a_second_ctrl_c_leaves_the_run_to_itself(drive: Drive, run: RunFolder) -> None:
    driven = drive("never_ends", "train", "demo")
    driven.until("step         1")
    owner = run.owner()
    driven.process.send_signal(signal.SIGINT)
    driven.until_note("stopping")
    driven.process.send_signal(signal.SIGINT)
    result = driven.result()
    assert result.code == 5
    assert "ttgpt-tui attach stage2" in result.err
    assert owner is not None


def test_resume_shows_only_what_is_new(drive: Drive, play: Callable[[str], int]) -> None:
    play("finish")
    result = drive("finish", "train", "--resume", "stage2", "--set", "train.max_steps=9").result()
    assert result.code == 0
    assert result.out.count("opened") == 1


def test_detach_returns_once_the_run_has_begun(drive: Drive, run: RunFolder) -> None:
    result = drive("serve", "train", "demo", "--detach").result()
    assert result.code == 0
    assert "ttgpt-tui attach stage2" in result.out
    assert run.is_live()


def test_detach_in_json_names_the_run(drive: Drive, run: RunFolder) -> None:
    document = drive("serve", "train", "demo", "--detach", "--json").result().document
    assert document["name"] == "stage2"
    assert document["path"] == str(run.path)
    owner = run.owner()
    assert owner is not None
    assert document["pid"] == owner.pid


def test_detach_tells_of_a_run_that_cannot_begin(drive: Drive) -> None:
    result = drive("refuse", "train", "demo", "--detach").result()
    assert result.code == 1
    assert "somebody trains this run already" in result.err


def test_a_value_may_hold_equals_signs() -> None:
    assert read_setting("c.d=x=y") == ("c.d", "x=y")


@pytest.mark.parametrize("pair", ["train.max_steps", "=3", ""])
def test_what_is_no_pair_is_refused(pair: str, call: Callable[..., Any]) -> None:
    result = call("train", "demo", "--set", pair)
    assert result.code == 2
    assert "is not a setting" in result.err


def test_an_unknown_setting_is_told_with_the_nearest(call: Callable[..., Any]) -> None:
    result = call("train", "demo", "--set", "train.max_step=3")
    assert result.code == 2
    assert "Did you mean train.max_steps?" in result.err


@pytest.mark.parametrize(
    "arguments", [(), ("dmo",), ("demo", "--resume", "stage2"), ("--resume", "x", "--name", "y")]
)
def test_what_does_not_fit_together_is_refused(
    arguments: tuple[str, ...], call: Callable[..., Any]
) -> None:
    assert call("train", *arguments).code == 2


def test_resume_of_nothing_is_a_data_error(call: Callable[..., Any]) -> None:
    assert call("train", "--resume", "nobody").code == 4

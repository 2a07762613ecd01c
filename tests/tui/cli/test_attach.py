from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ttgpt.engine.runs.rundir import RunFolder


def test_without_a_terminal_events_are_lines(
    call: Callable[..., Any], run: RunFolder, play: Callable[[str], int]
) -> None:
    play("finish")
    result = call("attach", "stage2")
    assert result.code == 0
    assert result.out.startswith("opened")
    assert call("attach", "stage2", "--json").out.encode() == run.events.read_bytes()


def test_a_run_that_failed_is_told_with_its_code(
    call: Callable[..., Any], play: Callable[[str], int]
) -> None:
    play("fail")
    assert call("attach", "stage2").code == 4


def test_a_run_whose_worker_is_gone_is_told(
    call: Callable[..., Any], play: Callable[[str], int]
) -> None:
    play("die")
    result = call("attach", "stage2")
    assert result.code == 1
    assert "train --resume stage2" in result.err


def test_a_damaged_line_is_reported_and_passed_over(
    call: Callable[..., Any], run: RunFolder, play: Callable[[str], int]
) -> None:
    play("finish")
    run.events.write_bytes(b"{broken\n" + run.events.read_bytes())
    result = call("attach", "stage2", "--json")
    assert result.code == 0
    assert len(result.documents) > 5
    assert "cannot be read" in result.err


@pytest.mark.parametrize("words", ["attach stage2", "runs show stage2"])
def test_events_that_the_disk_refuses_are_told(
    words: str, call: Callable[..., Any], run: RunFolder, play: Callable[[str], int]
) -> None:
    play("finish")
    run.events.unlink()
    run.events.mkdir()
    result = call(*words.split())
    assert result.code == 4
    assert "events.jsonl cannot be read" in result.err


def test_ctrl_c_leaves_the_run_alone(drive: Callable[..., Any], run: RunFolder, live: Any) -> None:
    driven = drive("serve", "attach", "stage2")
    driven.until("step         2")
    driven.process.send_signal(signal.SIGINT)
    result = driven.result()
    assert result.code == 5
    assert "Training goes on." in result.err
    assert run.is_live()


def test_with_a_terminal_the_app_opens_on_the_run(
    call: Callable[..., Any], run: RunFolder, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    monkeypatch.setattr("ttgpt.tui.cli.attach.has_screen", lambda: True)
    monkeypatch.setattr("ttgpt.tui.cli.entry.open_app", lambda *given: opened.append(given))
    assert call("attach", "stage2").code == 0
    ((given_home, given_run),) = opened
    assert given_home == home
    assert given_run.path == run.path


def test_an_unknown_run_is_a_data_error(call: Callable[..., Any]) -> None:
    assert call("attach", "nobody").code == 4

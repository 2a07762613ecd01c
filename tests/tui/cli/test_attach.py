from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from disk_faults import file_size_limit
from prepared import write_set

from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.tui.cli.follow import Follower, show_nothing

WORKER = Path(__file__).parent / "scripted_worker.py"
MOUNTS = not subprocess.run(
    ["unshare", "-rm", "mount", "--bind", "-o", "ro", "/tmp", "/tmp"], capture_output=True
).returncode


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


@pytest.mark.parametrize("damage", ["cut", "zeros", "emptied", "list", "fifo"])
def test_a_finished_run_whose_last_events_are_damaged_is_not_called_killed(
    call: Callable[..., Any], run: RunFolder, play: Callable[[str], int], damage: str
) -> None:
    play("finish")
    whole = run.events.read_bytes()
    half = whole[: len(whole) // 2]
    run.events.unlink()
    if damage == "fifo":
        os.mkfifo(run.events)
    else:
        left = {"cut": half, "zeros": half + b"\0" * len(whole), "emptied": b"", "list": b"[1]\n"}
        run.events.write_bytes(left[damage])
    assert call("attach", "stage2").code == 0
    shown = call("runs", "show", "stage2")
    assert shown.code == 0
    assert "finished" in shown.out
    assert "killed" not in shown.out + shown.err
    assert call("runs", "show", "stage2", "--json").document["problem"] == ""


def test_a_full_disk_is_told_by_what_follows_the_run(
    run: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    process = subprocess.Popen([sys.executable, WORKER, run.path, "full"])
    told: list[str] = []

    def alive() -> bool:
        told.append(capsys.readouterr().err)
        return "is full" not in told[-1]

    Follower(run, show_nothing, patience=0.0).follow(alive, lambda: None)
    process.kill()
    process.wait()
    assert str(run.path) in told[-1]


def test_going_on_with_a_run_on_a_full_disk_says_so(
    home: Path, call: Callable[..., Any], run: RunFolder, play: Callable[[str], int]
) -> None:
    write_set(home, "harbour")
    play("die")
    with file_size_limit(10):
        result = call("train", "--resume", "stage2")
    assert result.code == 4
    assert "The disk is full" in result.err


@pytest.mark.skipif(not MOUNTS, reason="NOT RUN: a folder cannot be mounted to be read only here")
@pytest.mark.parametrize("words", ["runs", "runs show stage2", "attach stage2", "data list"])
def test_a_home_that_cannot_be_written_is_shown(
    home: Path, words: str, play: Callable[[str], int]
) -> None:
    play("finish")
    mount = 'mount --bind -o ro "$0" "$0" && exec "$@"'
    command = [sys.executable, "-c", "from ttgpt.tui.cli import main; main()", *words.split()]
    shown = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, str(home), *command], capture_output=True, text=True
    )
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout


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

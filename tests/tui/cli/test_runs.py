from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ttgpt.engine.host.locks import Lock
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.tui.cli.summary import summarize


def test_no_runs_invite(call: Callable[..., Any]) -> None:
    assert "train demo" in call("runs").out
    assert call("runs", "--json").document == {"runs": []}


def test_list(
    call: Callable[..., Any], play: Callable[[str], int], make_run: Callable[..., RunFolder]
) -> None:
    play("finish")
    make_run("other one", state="running")
    result = call("runs")
    assert result.code == 0
    header, *rows = result.out.splitlines()
    assert header.split() == ["run", "state", "step", "val", "device", "size", "age"]
    (first,) = (row for row in rows if row.startswith("stage2"))
    cells = first.split()
    assert cells[:7] == ["stage2", "finished", "2", "/", "2,000", "2.100", "cpu"]
    assert cells[-1] == "now"
    (second,) = (row for row in rows if row.startswith("other one"))
    assert "crashed" in second
    assert "nan" not in second


def test_list_as_json(call: Callable[..., Any], play: Callable[[str], int]) -> None:
    play("finish")
    (one,) = call("runs", "--json").document["runs"]
    assert one["name"] == "stage2"
    assert (one["step"], one["max_steps"], one["val_loss"]) == (2, 2000, 2.1)
    assert one["state"] == "finished"


def test_a_damaged_run_does_not_hide_the_others(
    call: Callable[..., Any], run: RunFolder, make_run: Callable[..., RunFolder]
) -> None:
    make_run("whole")
    (run.path / "run.json").write_text("{")
    result = call("runs")
    assert result.code == 0
    assert "damaged" in result.out
    assert "whole" in result.out


def test_a_long_run_is_summed_up_from_both_ends(run: RunFolder, play: Callable[[str], int]) -> None:
    play("finish")
    lines = run.events.read_bytes().splitlines(keepends=True)
    step = next(line for line in lines if b'"step"' in line)
    run.events.write_bytes(lines[0] + step * 3000 + b"".join(lines[1:]))
    one = summarize(run)
    assert (one.step, one.max_steps, one.val_loss) == (2, 2000, 2.1)


def test_show(
    call: Callable[..., Any],
    run: RunFolder,
    play: Callable[[str], int],
    make_checkpoint: Callable[..., Path],
) -> None:
    play("finish")
    make_checkpoint(run, 2)
    broken = make_checkpoint(run, 1)
    (broken / "weights.safetensors").unlink()
    result = call("runs", "show", "stage2")
    assert result.code == 0
    assert "finished, step 2 / 2,000" in result.out
    assert "804 k parameters" in result.out
    assert "train 2.000, val 2.100, best 2.100 at step 2" in result.out
    assert "ttgpt-tui generate stage2" in result.out
    assert "incomplete" in result.out


def test_show_marks_the_best_checkpoint_that_is_left(
    call: Callable[..., Any],
    run: RunFolder,
    play: Callable[[str], int],
    make_checkpoint: Callable[..., Path],
) -> None:
    play("finish")
    make_checkpoint(run, 1, val_loss=2.2, kind="best")
    make_checkpoint(run, 2, val_loss=2.1, kind="final")
    shown = call("runs", "show", "stage2").out
    assert "1  was best " in shown
    assert "2  best, final " in shown


def test_show_as_json(
    call: Callable[..., Any],
    run: RunFolder,
    play: Callable[[str], int],
    make_checkpoint: Callable[..., Path],
) -> None:
    play("finish")
    folder = make_checkpoint(run, 2)
    document = call("runs", "show", "stage2", "--json").document
    assert document["state"] == "finished"
    assert document["best_step"] == 2
    assert document["checkpoints"][0]["path"] == str(folder)
    assert document["config"]["train"]["max_steps"] == run.config().train.max_steps


def test_show_says_why_a_run_is_gone(call: Callable[..., Any], play: Callable[[str], int]) -> None:
    play("die")
    result = call("runs", "show", "stage2")
    assert "crashed" in result.out
    assert "without a word" in result.out
    assert "train --resume stage2" in result.out


def test_stop_saves_and_ends(
    call: Callable[..., Any], run: RunFolder, live: subprocess.Popen[bytes]
) -> None:
    result = call("runs", "stop", "stage2")
    assert result.code == 0
    assert "saves" in result.out
    assert live.wait() == 0
    assert run.state() == "stopped"


def test_pause_and_resume(
    call: Callable[..., Any], run: RunFolder, live: subprocess.Popen[bytes]
) -> None:
    assert call("runs", "pause", "stage2").code == 0
    assert run.state() == "paused"
    answer = call("runs", "resume", "stage2", "--json").document
    assert run.state() == "running"
    assert answer == {"name": "stage2", "state": "training", "task": "train", "step": 2}


@pytest.mark.parametrize("command", ["stop", "pause", "resume"])
def test_a_run_that_is_not_live_cannot_be_asked(
    command: str, call: Callable[..., Any], play: Callable[[str], int]
) -> None:
    play("finish")
    result = call("runs", command, "stage2")
    assert result.code == 2
    assert "is not live; it is finished" in result.err
    assert "Give it more steps: ttgpt-tui train --resume stage2 --set" in result.err


def test_delete_moves_to_the_trash(
    call: Callable[..., Any], run: RunFolder, play: Callable[[str], int], home: Path
) -> None:
    play("finish")
    document = call("runs", "delete", "stage2", "--yes", "--json").document
    assert not run.path.exists()
    assert Path(document["moved_to"]) == home / "trash" / run.path.name
    assert (home / "trash" / run.path.name / "events.jsonl").exists()
    assert call("runs", "--json").document == {"runs": []}


def test_deleting_a_name_twice_keeps_both(call: Callable[..., Any], run: RunFolder) -> None:
    run.update(state="finished")
    taken = run.path.parent.parent / "trash" / run.path.name
    taken.mkdir(parents=True)
    moved = call("runs", "delete", "stage2", "--yes", "--json").document["moved_to"]
    assert Path(moved) != taken
    assert (Path(moved) / "run.json").exists()


def test_a_live_run_is_not_deleted(call: Callable[..., Any], run: RunFolder, live: Any) -> None:
    result = call("runs", "delete", "stage2", "--yes")
    assert result.code == 2
    assert "runs stop stage2" in result.err
    assert run.path.exists()


def test_a_run_that_a_worker_takes_up_meanwhile_is_not_deleted(
    call: Callable[..., Any], run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.update(state="finished")
    monkeypatch.setattr("ttgpt.tui.runs.trash.check_deletable", lambda home, run: None)
    lock = Lock(run.lock)
    lock.acquire("training")
    try:
        assert call("runs", "delete", "stage2", "--yes").code == 2
    finally:
        lock.release()
    assert run.path.exists()


def test_a_run_of_another_home_is_not_deleted(
    call: Callable[..., Any], run: RunFolder, tmp_path: Path
) -> None:
    run.update(state="finished")
    result = call("runs", "delete", str(run.path), "--yes", "--home", str(tmp_path / "other"))
    assert result.code == 2
    assert run.path.exists()


def test_without_a_terminal_nothing_is_deleted_unasked(
    call: Callable[..., Any], run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.update(state="finished")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    result = call("runs", "delete", "stage2")
    assert result.code == 2
    assert "--yes" in result.err
    assert run.path.exists()


@pytest.mark.parametrize(("answer", "kept"), [(b"n\n", True), (b"y\n", False)])
def test_on_a_terminal_it_asks(answer: bytes, kept: bool, run: RunFolder) -> None:
    run.update(state="finished")
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    script = "from ttgpt.tui.cli import main; main()"
    shown = subprocess.run(
        [sys.executable, "-c", script, "runs", "delete", "stage2"],
        stdin=theirs,
        capture_output=True,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    assert shown.returncode == 0
    assert run.path.exists() == kept


def test_a_damaged_run_can_be_deleted(call: Callable[..., Any], run: RunFolder) -> None:
    (run.path / "run.json").write_text(json.dumps({"id": 3}))
    assert call("runs", "delete", run.path.name, "--yes").code == 0
    assert not run.path.exists()

"""What the Runs screen does, by name on the command line."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ttgpt.engine.runs.rundir import RunFolder


@pytest.fixture
def two(play: Callable[[str], int], make_run: Callable[..., RunFolder]) -> None:
    """Two runs that have ended, with different settings."""
    play("finish")
    other = make_run("other", state="stopped")
    other.write_config(other.config().with_settings({"train.lr": "1e-3"}))


def test_a_run_takes_another_name(call: Callable[..., Any], two: None) -> None:
    assert "'best'" in call("runs", "rename", "stage2", "best").out
    assert {one["name"] for one in call("runs", "--json").document["runs"]} == {"best", "other"}
    refused = call("runs", "rename", "best", "other")
    assert refused.code == 2
    assert "exists" in refused.err


def test_a_note_is_written_read_and_removed(call: Callable[..., Any], two: None) -> None:
    assert call("runs", "note", "other").out == "There is no note.\n"
    call("runs", "note", "other", "half the rate")
    assert call("runs", "note", "other").out == "half the rate\n"
    (other,) = (r for r in call("runs", "--json").document["runs"] if r["name"] == "other")
    assert other["note"] == "half the rate"
    assert call("runs", "note", "other", "", "--json").document["note"] == ""


def test_an_export_names_its_files(call: Callable[..., Any], two: None) -> None:
    document = call("runs", "export", "stage2", "--json").document
    assert {"steps.csv", "config.yaml", "report.txt"} <= set(document["files"])
    assert sorted(p.name for p in Path(document["folder"]).iterdir()) == document["files"]


def test_a_comparison_tells_what_differs(call: Callable[..., Any], two: None) -> None:
    shown = call("runs", "compare", "stage2", "other").out.splitlines()
    assert shown[0].split() == ["stage2", "other"]
    (rate,) = (line for line in shown if line.startswith("train.lr "))
    assert "0.001" in rate
    document = call("runs", "compare", "stage2", "other", "--json").document
    assert document["runs"] == ["stage2", "other"]
    assert document["rows"]["state"] == ["finished", "stopped"]
    assert call("runs", "compare", "stage2").code == 2


def test_what_was_deleted_is_listed_and_comes_back(
    call: Callable[..., Any], two: None, home: Path
) -> None:
    call("runs", "delete", "other", "--yes")
    assert "other" in call("runs", "trash").out
    missing = call("runs", "restore", "othr")
    assert missing.code == 4
    assert "other" in missing.err
    assert "is back" in call("runs", "restore", "other").out
    assert len(call("runs", "--json").document["runs"]) == 2
    assert call("runs", "trash").out == "The trash is empty.\n"


def test_the_trash_is_emptied_only_when_that_is_agreed(
    call: Callable[..., Any], two: None, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("runs", "delete", "other", "--yes")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    refused = call("runs", "trash", "--empty")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert call("runs", "trash", "--json").document["runs"]
    assert call("runs", "trash", "--empty", "--yes").out == "1 removed.\n"
    assert call("runs", "trash", "--json").document["runs"] == []

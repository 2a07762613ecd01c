"""What is saved of the worker's form."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

import pytest

from ttgpt.engine.errors import UsageError
from ttgpt.tui.doctor.worker_draft import WorkerDraft

DRAFT = WorkerDraft("auto", "", "/usr/bin/python3", [], [])


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put an interpreter into what is the current folder and the home."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "python").symlink_to(sys.executable)
    return str(tmp_path / "python")


@pytest.mark.parametrize("typed", ["python", "./python", "~/python", "../{folder}/python"])
def test_an_interpreter_is_saved_with_its_whole_path(python: str, typed: str) -> None:
    typed = typed.format(folder=Path(python).parent.name)
    assert DRAFT.changes("auto", typed, {}) == {"worker.python": python}


def test_the_home_of_somebody_by_name_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    home = os.path.expanduser(f"~{getpass.getuser()}")
    with pytest.raises(UsageError, match="There is no program"):
        DRAFT.changes("auto", f"~{getpass.getuser()}/no-such-python", {})
    monkeypatch.setattr(os.path, "isfile", lambda path: path == f"{home}/python")
    monkeypatch.setattr(os, "access", lambda path, mode: True)
    changes = DRAFT.changes("auto", f"~{getpass.getuser()}/python", {})
    assert changes == {"worker.python": f"{home}/python"}


def test_what_is_emptied_is_taken_out() -> None:
    draft = WorkerDraft("auto", "/x/python", "/usr/bin/python3", [], [])
    assert draft.changes("auto", "", {}) == {"worker.python": ""}

"""With which interpreter and environment a worker is started."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hosts import no_card

from ttgpt.engine.errors import DataError, UsageError
from ttgpt.engine.host import children
from ttgpt.engine.presets import load
from ttgpt.engine.runs.starting import READY
from ttgpt.engine.worker.program import worker_program


def test_is_our_own_in_our_own_environment(home: Path) -> None:
    program = worker_program(home, "torch")
    assert program.python == sys.executable
    assert program.environment == dict(os.environ)


def test_saved_variables_reach_the_worker_alone(home: Path) -> None:
    (home / "settings.yaml").write_text("worker: {env: {OMP_NUM_THREADS: 3}}\n")
    assert worker_program(home, "torch").environment["OMP_NUM_THREADS"] == "3"
    assert os.environ.get("OMP_NUM_THREADS") != "3"


def test_another_interpreter_gets_this_program_and_nothing_else_of_ours(
    home: Path, tmp_path: Path
) -> None:
    built = no_card(tmp_path)
    seen = tmp_path / "seen"
    script = built.script("python", f'echo "$PYTHONPATH" > {seen}; exec {sys.executable} "$@"')
    (home / "settings.yaml").write_text(f"worker: {{python: {script}}}\n")
    question = {
        "home": str(home),
        "backend": "torch",
        "data": load("demo").config.to_dict()["data"],
    }
    made = children.ask(READY, question, folder=home, program=worker_program(home))
    assert Path(made["folder"]).is_dir()
    lent = Path(seen.read_text().strip().split(":")[0])
    assert lent.is_relative_to(home)
    assert sorted(path.name for path in (lent / "ttgpt").iterdir()) == [
        "assets",
        "engine",
        "presets",
    ]


def test_a_home_that_cannot_be_written_is_told(home: Path) -> None:
    (home / "settings.yaml").write_text("worker: {python: /usr/bin/other}\n")
    (home / "code").write_text("a file")
    with pytest.raises(DataError, match="Cannot prepare"):
        worker_program(home, "torch")


def test_damaged_settings_are_told_before_anything_starts(home: Path) -> None:
    (home / "settings.yaml").write_text("worker: 3\n")
    with pytest.raises(UsageError, match="worker"):
        worker_program(home, "torch")

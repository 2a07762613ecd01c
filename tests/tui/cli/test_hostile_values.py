"""No value on the command line is an internal error, and none hangs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import hostile_arguments
import pytest

from ttgpt.engine.runs.rundir import RunFolder

# These start a process of their own for each call, or read much.
SLOW = {("data", "prepare"), ("data", "inspect"), ("presets",)}
FEW = ("300 characters", "fifo")


@pytest.fixture
def folder(
    home: Path,
    make_run: Callable[..., RunFolder],
    make_checkpoint: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A home whose workers cannot start, with a run that ended; two folders down from here."""
    home.mkdir(exist_ok=True)
    (home / "settings.yaml").write_text("worker: {python: /nowhere/python}\n")
    make_checkpoint(make_run(hostile_arguments.RUN, state="finished"), 500)
    below = tmp_path / "two" / "down"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    return below


# The doctor looks at the whole host, whatever it is given.
COMMANDS = [command for command in hostile_arguments.commands() if command != ("doctor",)]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_value_is_answered(folder: Path, command: tuple[str, ...]) -> None:
    values = hostile_arguments.values(folder)
    names = FEW if command in SLOW else tuple(values)
    faults = {
        " ".join(word[:40] for word in call): fault
        for call in hostile_arguments.calls(command, [values[name] for name in names])
        if (fault := hostile_arguments.fault(call))
    }
    assert not faults

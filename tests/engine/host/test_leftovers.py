"""What a killed process left half-made goes at the next start; what lives stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ttgpt.engine.host import leftovers


@pytest.fixture(scope="module")
def gone() -> int:
    """The number of a process that is no more."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


@pytest.mark.parametrize("is_old", [True, False])
@pytest.mark.parametrize(
    "name",
    [
        ".tokenizer.json.{}-{}.partial",
        ".2026-11-21-071233-demo.{}.partial",
        "keats.partial-{}",
        "ttgpt-doctor-{}-x1y2",
    ],
)
def test_only_old_leftovers_of_the_dead_are_removed(
    tmp_path: Path, gone: int, name: str, is_old: bool
) -> None:
    dead, living = (tmp_path / name.format(pid, pid) for pid in (gone, os.getpid()))
    others = [tmp_path / "keats.partial", tmp_path / ".labels.lock", tmp_path / "000500.partial"]
    for path in (dead, living, *others):
        path.mkdir() if "doctor" in name else path.write_text("half")
        if is_old:
            os.utime(path, (1e9, 1e9))
    leftovers.clean(tmp_path)
    assert dead.exists() != is_old
    assert all(path.exists() for path in (living, *others))


def test_a_folder_that_is_not_there_is_clean(tmp_path: Path) -> None:
    leftovers.clean(tmp_path / "nothing")

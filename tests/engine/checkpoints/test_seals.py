"""What hashing shows of checkpoints, and when it is done again."""

import os
from pathlib import Path
from typing import Any

import pytest
from disk_faults import flip
from saved_run import save_checkpoint

from ttgpt.engine.checkpoints.seals import Seals
from ttgpt.engine.disk import sealed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_checkpoint(tmp_path, 500)


def test_nothing_is_known_before_it_was_hashed(folder: Path) -> None:
    seals = Seals()
    assert seals.problem(folder) is None
    assert seals.check(folder) == ""
    assert seals.problem(folder) == ""


@pytest.mark.parametrize("name", ["weights.safetensors", "config.json", "tokenizer.json"])
def test_a_changed_byte_is_named(folder: Path, name: str) -> None:
    flip(folder / name, 20)
    seals = Seals()
    assert seals.check(folder) == f"{name} has changed since it was written"
    assert seals.problem(folder) == f"{name} has changed since it was written"


def test_it_is_hashed_once_and_again_when_a_file_is_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seals, weights = Seals(), folder / "weights.safetensors"
    seals.check(folder)
    hashed: list[Path] = []

    def check_hashes(folder: Path, *given: Any, **named: Any) -> None:
        hashed.append(folder)
        sealed.check_hashes(folder, *given, **named)

    monkeypatch.setattr("ttgpt.engine.checkpoints.seals.check_hashes", check_hashes)
    assert (seals.check(folder), hashed) == ("", [])
    flip(weights, 20)
    os.utime(weights, ns=(1, 1))
    assert seals.problem(folder) is None
    assert seals.check(folder) != ""
    assert hashed == [folder]


def test_what_is_gone_is_a_problem_that_is_not_remembered(folder: Path) -> None:
    (folder / "weights.safetensors").unlink()
    seals = Seals()
    assert seals.check(folder) == "weights.safetensors is missing"
    assert seals.problem(folder) is None

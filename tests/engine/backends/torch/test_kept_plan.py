"""A measured plan is kept for the next run of the same model on the same host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_torch import small_model, small_session, small_training

from ttgpt.engine.backends.torch_backend import kept_plan
from ttgpt.engine.backends.torch_backend import session as torch_session
from ttgpt.engine.backends.torch_backend.kept_plan import KeptPlan
from ttgpt.engine.backends.torch_backend.plan import Plan

PLAN, NOTE = Plan("bfloat16", 1), "bfloat16 on 1 thread: 0.50 of the time of float32 (measured)"


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_plan, "_is_busy", lambda: False)
    monkeypatch.setattr(torch_session, "usable_cores", lambda: 2)


@pytest.fixture
def measurements(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Each measurement adds the batch size it was made for."""
    made: list[int] = []

    def choose(timer: Any, plans: Any, batch_size: int) -> tuple[Plan, str]:
        made.append(batch_size)
        return PLAN, NOTE

    monkeypatch.setattr(torch_session, "choose", choose)
    return made


def open_with(folder: Path, **changes: Any) -> Any:
    train = small_training(**{"precision": "auto", "threads": None, **changes})
    return small_session(train=train, measured=folder).describe()


def test_the_second_session_measures_nothing(tmp_path: Path, measurements: list[int]) -> None:
    first, second = open_with(tmp_path / "measured"), open_with(tmp_path / "measured")
    assert measurements == [4]
    assert first.numerics == second.numerics
    assert (second.dtype, second.note) == ("bfloat16", NOTE)


def test_another_batch_or_torch_measures_anew(
    tmp_path: Path, measurements: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_with(tmp_path)
    open_with(tmp_path, batch_size=6)
    monkeypatch.setattr("torch.__version__", "9.9.9")
    open_with(tmp_path)
    assert measurements == [4, 6, 4]


def test_dropout_changes_nothing(tmp_path: Path, measurements: list[int]) -> None:
    for dropout in (0.0, 0.2):
        small_session(
            small_model(dropout=dropout),
            small_training(precision="auto", threads=None),
            measured=tmp_path,
        )
    assert measurements == [4]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"precision": "bfloat16"}', "\0\xff"])
def test_a_damaged_file_is_measured_again(tmp_path: Path, content: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(content, "utf-8")
    kept = KeptPlan(path)
    assert kept.load() is None
    kept.save(PLAN, NOTE)
    assert kept.load() == (PLAN, NOTE)


def test_a_busy_host_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_plan, "_is_busy", lambda: True)
    kept = KeptPlan(tmp_path / "plan.json")
    kept.save(PLAN, NOTE)
    assert kept.load() is None


def test_a_disk_that_refuses_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = KeptPlan(tmp_path / "file" / "plan.json")
    kept.save(PLAN, NOTE)
    assert kept.load() is None

"""The choice of precision and threads by measurement."""

from __future__ import annotations

import numpy as np
import pytest
from small_torch import batch, small_model, small_session, small_training

from ttgpt.engine.backends.torch_backend import session as torch_session
from ttgpt.engine.backends.torch_backend.plan import Plan, SecondsOf, choose, plans

F32, BF16 = Plan("float32", 2), Plan("bfloat16", 2)
F32_1, BF16_1 = Plan("float32", 1), Plan("bfloat16", 1)


def timer(seconds: dict[Plan, float]) -> tuple[SecondsOf, list[tuple[Plan, int]]]:
    """A timer with steady passes, and the list of what it was asked."""
    asked: list[tuple[Plan, int]] = []

    def seconds_of(plan: Plan, sequences: int) -> float:
        asked.append((plan, sequences))
        return sequences * seconds[plan]

    return seconds_of, asked


def test_the_plans_cover_what_is_left_open() -> None:
    assert plans("auto", None, 2) == [F32, BF16, F32_1, BF16_1]
    assert plans("bfloat16", None, 1) == [BF16_1]
    assert plans("auto", 2, 16) == [F32, BF16]
    assert plans("float32", 1, 2) == [F32_1]
    assert [plan.threads for plan in plans("float32", None, 16)] == [16, 8, 4, 1]


@pytest.mark.parametrize(
    ("seconds", "chosen", "note"),
    [
        ([4, 2, 6, 3], BF16, "bfloat16 on 2 threads: 0.50 of the time of float32 on 2 threads"),
        ([4, 9, 2, 3], F32_1, "float32 on 1 thread: 0.50 of the time of float32 on 2 threads"),
        ([4, 3.9, 9, 9], F32, "float32 on 2 threads: the fastest of 4 ways"),  # not 5 % faster
    ],
)
def test_the_fastest_plan_is_taken(seconds: list[float], chosen: Plan, note: str) -> None:
    asked = [F32, BF16, F32_1, BF16_1]
    seconds_of, _ = timer({p: s / 1000 for p, s in zip(asked, seconds, strict=True)})
    assert choose(seconds_of, asked, 8) == (chosen, f"{note} (measured)")


def test_passes_alternate_and_hopeless_plans_are_dropped() -> None:
    seconds_of, asked = timer({F32: 0.001, BF16: 0.0011, F32_1: 0.01, BF16_1: 0.0012})
    choose(seconds_of, [F32, BF16, F32_1, BF16_1], 8)
    assert [plan for plan, _ in asked[:4]] == [F32, BF16, F32_1, BF16_1]
    assert {count for _, count in asked[:8]} == {1}  # loading the kernels, and with them
    assert {count for _, count in asked[8:]} == {8}
    times = {plan: sum(found == plan for found, _ in asked) for plan in (F32, F32_1)}
    assert times == {F32: 11, F32_1: 4}


def test_one_slow_pass_decides_nothing() -> None:
    steady, _ = timer({F32: 0.001, BF16: 0.0005})
    slow = iter([1, 1, 1, 1, 1, 1, 1, 90, 1, 1])
    assert choose(lambda p, n: steady(p, n) * next(slow, 1), [F32, BF16], 8)[0] == BF16


@pytest.mark.parametrize("seconds", [0.1, 5.0])
def test_a_slow_model_is_timed_on_fewer_sequences(seconds: float) -> None:
    seconds_of, asked = timer({F32: seconds, BF16: seconds})
    choose(seconds_of, [F32, BF16], 64)
    assert sum(seconds * n for _, n in asked) <= max(4.5, 4 * seconds)
    assert max(n for _, n in asked) == (5 if seconds == 0.1 else 1)


def test_a_large_model_is_timed_with_all_threads_alone() -> None:
    seconds_of, asked = timer({F32: 0.6, BF16: 0.3})  # another plan would be a KeyError
    assert choose(seconds_of, [F32, BF16, F32_1, BF16_1], 8)[0] == BF16
    assert {plan for plan, _ in asked} == {F32, BF16}
    assert choose(seconds_of, [F32, F32_1], 8) == (F32, "")


def test_a_session_takes_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_session, "usable_cores", lambda: 2)
    seconds_of, _ = timer({F32: 0.4, BF16: 0.2, F32_1: 0.3, BF16_1: 0.1})
    monkeypatch.setattr(torch_session, "pass_timer", lambda *_: seconds_of)
    reports: list[str] = []
    train = small_training(precision="auto", threads=None)
    found = small_session(train=train, report=reports.append).describe()
    assert found.dtype == found.numerics["precision"] == "bfloat16"
    assert found.numerics["threads"] == 1
    assert "measured" in found.note
    assert reports == ["measuring what is fastest here"]


def test_nothing_is_measured_when_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_session, "pass_timer", lambda *_: None)  # calling it would fail
    auto = small_training(precision="auto", threads=None)
    resumed = small_session(train=auto, numerics={"precision": "bfloat16", "threads": 1})
    assert resumed.describe().dtype == "bfloat16"
    assert small_session(train=auto, training=False).describe().dtype == "float32"
    given = small_session(train=small_training(precision="bfloat16"))
    assert given.describe().dtype == "bfloat16"
    assert given.describe().note == ""


def test_a_true_measurement_leaves_no_trace() -> None:
    config = small_model(dropout=0.2)
    measured = small_session(config, small_training(precision="auto", threads=None))
    told = small_session(config, numerics=measured.describe().numerics)
    for session in (measured, told):
        session.train_step([batch()], 1e-2)
    told_weights = told.weights()
    for name, weight in measured.weights().items():
        assert np.array_equal(weight, told_weights[name])

"""The choice between float32 and bfloat16."""

from __future__ import annotations

import numpy as np
import pytest
from small_torch import batch, small_model, small_session, small_training

from ttgpt.engine.backends import torch_precision


def _passes(float32_s: float, bfloat16_s: float):
    """A timer with steady passes, and the list of what it was asked."""
    asked: list[tuple[str, int]] = []

    def seconds_of(precision: str, sequences: int) -> float:
        asked.append((precision, sequences))
        return sequences * (float32_s if precision == "float32" else bfloat16_s)

    return seconds_of, asked


@pytest.mark.parametrize(
    ("ratio", "precision", "note"),
    [
        (0.61, "bfloat16", "bfloat16: 0.61 of the float32 step (measured)"),
        (0.95, "bfloat16", "bfloat16: 0.95 of the float32 step (measured)"),
        (0.96, "float32", "float32: a bfloat16 step takes 0.96 of it (measured)"),
        (2.40, "float32", "float32: a bfloat16 step takes 2.40 of it (measured)"),
    ],
)
def test_bfloat16_must_be_5_percent_faster(ratio: float, precision: str, note: str) -> None:
    seconds_of, _ = _passes(0.001, 0.001 * ratio)
    assert torch_precision.choose(seconds_of, 8) == (precision, note)


def test_passes_alternate_over_the_whole_batch() -> None:
    seconds_of, asked = _passes(0.001, 0.001)
    torch_precision.choose(seconds_of, 8)
    assert asked[:2] == [("float32", 1), ("bfloat16", 1)]
    assert set(asked[2:]) == {("float32", 8), ("bfloat16", 8)}
    assert [precision for precision, _ in asked] == ["float32", "bfloat16"] * (len(asked) // 2)


def test_one_slow_pass_decides_nothing() -> None:
    slow = iter([1, 1, 1, 1, 1, 90, 1, 1])
    seconds_of, _ = _passes(0.001, 0.0005)
    found = torch_precision.choose(lambda p, n: seconds_of(p, n) * next(slow, 1), 8)
    assert found[0] == "bfloat16"


@pytest.mark.parametrize("seconds", [0.1, 5.0])
def test_a_slow_model_is_timed_on_fewer_sequences(seconds: float) -> None:
    seconds_of, asked = _passes(seconds, seconds)
    torch_precision.choose(seconds_of, 64)
    spent = sum(seconds * n for _, n in asked)
    assert spent <= max(2.2, 4 * seconds)
    assert max(n for _, n in asked) == (2 if seconds == 0.1 else 1)


@pytest.mark.parametrize(("bfloat16_s", "expected"), [(0.6, "bfloat16"), (1.1, "float32")])
def test_auto_takes_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, bfloat16_s: float, expected: str
) -> None:
    seconds_of, _ = _passes(1.0, bfloat16_s)
    monkeypatch.setattr(torch_precision, "pass_timer", lambda model, runtime: seconds_of)
    reports: list[str] = []
    train = small_training(precision="auto")
    found = small_session(train=train, report=reports.append).describe()
    assert found.dtype == found.numerics["precision"] == expected
    assert "measured" in found.note
    assert reports == ["measuring whether bfloat16 is faster"]


def test_nothing_is_measured_when_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_precision, "choose", None)
    auto = small_training(precision="auto")
    resumed = small_session(train=auto, numerics={"precision": "bfloat16", "threads": 1})
    assert resumed.describe().dtype == "bfloat16"
    assert small_session(train=auto, training=False).describe().dtype == "float32"
    given = small_session(train=small_training(precision="bfloat16"))
    assert given.describe().dtype == "bfloat16"
    assert given.describe().note == ""


def test_a_true_measurement_leaves_no_trace() -> None:
    config = small_model(dropout=0.2)
    measured = small_session(config, small_training(precision="auto"))
    told = small_session(config, numerics=measured.describe().numerics)
    for session in (measured, told):
        session.train_step([batch()], 1e-2)
    told_weights = told.weights()
    for name, weight in measured.weights().items():
        assert np.array_equal(weight, told_weights[name])


def test_bfloat16_rounds_the_training_pass_alone() -> None:
    plain, rounded = (
        small_session(train=small_training(precision=p)) for p in ("float32", "bfloat16")
    )
    assert plain.evaluate(*batch()) == rounded.evaluate(*batch())
    losses = [float(s.train_step([batch()], 1e-3).loss) for s in (plain, rounded)]
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=1e-2)
    # Moments finer than bfloat16 can hold: they are kept in float32.
    moment = rounded.optimizer_state()["exp_avg.wte.weight"]
    assert (moment.view(np.uint32) & 0xFFFF).any()

"""A resumed run goes on bit for bit as the unbroken one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_torch import VARIANTS, batch, small_model, small_session, small_training

from ttgpt.engine.backends import Weights
from ttgpt.engine.errors import DataError


def _train(session: Any, steps: range) -> list[float]:
    results = [
        session.train_step([batch(2 * step), batch(2 * step + 1)], 1e-3 * (step + 1))
        for step in steps
    ]
    return [float(number) for r in results for number in (r.loss, r.grad_norm)]


def _same(a: Weights, b: Weights) -> bool:
    return list(a) == list(b) and all(np.array_equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize(
    ("variant", "precision", "threads"),
    [
        ("nanogpt", "float32", 1),
        ("nanogpt", "float32", 2),
        ("nanogpt", "bfloat16", 1),
        ("llama with 2 kv heads, untied", "float32", 1),
        ("llama with 2 kv heads, untied", "bfloat16", 1),
    ],
)
def test_resume_is_exact(variant: str, precision: str, threads: int) -> None:
    config = small_model(**VARIANTS[variant], dropout=0.1)
    train = small_training(precision=precision, threads=threads)
    unbroken = small_session(config, train)
    whole = _train(unbroken, range(6))

    first = small_session(config, train)
    before = _train(first, range(3))
    weights, moments = first.weights(), first.optimizer_state()
    numerics = first.describe().numerics
    first.close()
    second = small_session(
        config, small_training(precision="auto", threads=None), numerics=numerics
    )
    second.load_weights(weights)
    second.load_optimizer_state(moments)
    after = _train(second, range(3, 6))

    assert before + after == whole
    assert _same(second.weights(), unbroken.weights())
    assert _same(second.optimizer_state(), unbroken.optimizer_state())
    assert second.optimizer_state()["step"] == [6]
    assert second.describe().numerics == numerics


def test_looking_in_between_changes_nothing() -> None:
    config = small_model(dropout=0.2)
    quiet, watched = small_session(config), small_session(config)
    _train(quiet, range(4))
    for step in range(4):
        _train(watched, range(step, step + 1))
        watched.evaluate(*batch(99))
        decoder = watched.decoder(batch(98)[0])
        decoder.append([1, 2, 3, 4])
        small_session(config, small_training(threads=2), training=False).evaluate(*batch(97))
    assert _same(quiet.weights(), watched.weights())


def test_state_is_a_copy() -> None:
    session = small_session()
    _train(session, range(1))
    weights, moments = session.weights(), session.optimizer_state()
    kept = {name: array.copy() for name, array in (weights | moments).items()}
    _train(session, range(1, 2))
    assert _same(weights | moments, kept)


def test_a_new_optimizer_has_zero_moments() -> None:
    session = small_session()
    state = session.optimizer_state()
    names = {f"{m}.{name}" for m in ("exp_avg", "exp_avg_sq") for name in session.weights()}
    assert set(state) == names | {"step"}
    assert all(array.dtype == np.float32 and not array.any() for array in state.values())
    for name, weight in session.weights().items():
        assert state[f"exp_avg.{name}"].shape == weight.shape


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.pop("exp_avg.ln_f.weight"), "exp_avg.ln_f.weight is missing"),
        (lambda s: s.pop("step"), "step is missing"),
        (lambda s: s.update(more=np.zeros(1, np.float32)), "no more"),
        (lambda s: s.update({"exp_avg_sq.ln_f.bias": np.zeros(3, np.float32)}), r"shape \[3\]"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(change: Any, said: str) -> None:
    session = small_session()
    _train(session, range(1))
    kept = session.optimizer_state()
    state = session.optimizer_state()
    change(state)
    with pytest.raises(DataError, match=said):
        session.load_optimizer_state(state)
    assert _same(session.optimizer_state(), kept)

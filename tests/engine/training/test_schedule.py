import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.config import TrainConfig
from ttgpt.engine.training.schedule import learning_rate, resolve_steps


def config(**changes: Any) -> TrainConfig:
    given = {"max_steps": 1_000, "lr": 1e-3, "min_lr": 1e-4, "warmup_steps": 100, **changes}
    return TrainConfig(**given)


schedules = st.sampled_from(["cosine", "linear", "constant"])


def test_the_warm_up_climbs_in_a_line() -> None:
    rates = [learning_rate(step, config(warmup_steps=4), 1_000) for step in range(5)]
    assert rates == pytest.approx([2e-4, 4e-4, 6e-4, 8e-4, 1e-3])


@pytest.mark.parametrize(
    ("schedule", "half_way", "end"),
    [("cosine", 5.5e-4, 1e-4), ("linear", 5.5e-4, 1e-4), ("constant", 1e-3, 1e-3)],
)
def test_from_the_top_to_the_end(schedule: str, half_way: float, end: float) -> None:
    chosen = config(schedule=schedule, warmup_steps=100)
    assert learning_rate(100, chosen, 1_001) == 1e-3
    assert learning_rate(550, chosen, 1_001) == pytest.approx(half_way)
    assert learning_rate(1_000, chosen, 1_001) == pytest.approx(end)
    assert learning_rate(99_999, chosen, 1_001) == pytest.approx(end)


def test_a_cosine_stays_high_longer_than_a_line() -> None:
    quarter = 100 + 225
    cosine = learning_rate(quarter, config(schedule="cosine"), 1_001)
    assert cosine == pytest.approx(1e-4 + 9e-4 * 0.5 * (1 + math.cos(math.pi / 4)))
    assert cosine > learning_rate(quarter, config(schedule="linear"), 1_001)


@pytest.mark.parametrize("max_steps", [1, 2, 50, 100, 101])
@pytest.mark.parametrize("schedule", ["cosine", "linear", "constant"])
def test_a_warm_up_longer_than_the_run_ends_at_the_top(max_steps: int, schedule: str) -> None:
    rates = [learning_rate(s, config(schedule=schedule), max_steps) for s in range(max_steps)]
    assert rates == sorted(rates)
    assert rates[-1] == 1e-3
    assert rates[0] > 0


def test_without_warm_up_the_first_step_has_the_full_rate() -> None:
    assert learning_rate(0, config(warmup_steps=0), 10) == 1e-3
    assert learning_rate(9, config(warmup_steps=0), 10) == pytest.approx(1e-4)


@given(schedules, st.integers(0, 50), st.integers(1, 100), st.floats(1e-6, 1), st.floats(0, 1))
def test_up_once_then_down_and_always_in_range(
    schedule: str, warmup: int, max_steps: int, lr: float, share: float
) -> None:
    chosen = config(schedule=schedule, warmup_steps=warmup, lr=lr, min_lr=lr * share)
    rates = [learning_rate(step, chosen, max_steps) for step in range(max_steps)]
    top = min(warmup, max_steps - 1)
    assert rates[top] == lr
    assert all(0 < rate <= lr * (1 + 1e-9) for rate in rates[:-1])
    assert rates[: top + 1] == sorted(rates[: top + 1])
    tail = rates[top:]
    assert all(a >= b - 1e-12 * lr for a, b in itertools.pairwise(tail))


def test_epochs_become_steps() -> None:
    chosen = config(max_steps=None, epochs=3, batch_size=4, grad_accum_steps=2)
    assert resolve_steps(chosen, train_tokens=800, block_size=10) == (30, 3.0)
    assert resolve_steps(chosen, train_tokens=801, block_size=10) == (31, 31 * 80 / 801)


def test_steps_become_epochs() -> None:
    chosen = config(max_steps=20, batch_size=4, grad_accum_steps=2)
    assert resolve_steps(chosen, train_tokens=800, block_size=10) == (20, 2.0)


def test_a_small_part_of_an_epoch_is_one_step() -> None:
    chosen = config(max_steps=None, epochs=1e-6)
    steps, epochs = resolve_steps(chosen, train_tokens=1_000, block_size=8)
    assert steps == 1
    assert epochs == 64 * 8 / 1_000


@given(st.integers(1, 1_000), st.integers(1, 64), st.integers(9, 8 * 10**6))
def test_steps_to_epochs_and_back(steps: int, batch: int, train_tokens: int) -> None:
    forth = config(max_steps=steps, batch_size=batch)
    _, epochs = resolve_steps(forth, train_tokens, 8)
    back = config(max_steps=None, epochs=max(epochs, 1e-6), batch_size=batch)
    assert resolve_steps(back, train_tokens, 8) == (steps, epochs)

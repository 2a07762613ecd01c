"""The learning rate of each step, and how long a run is."""

from __future__ import annotations

import math

from ..config import TrainConfig


def learning_rate(step: int, config: TrainConfig, max_steps: int) -> float:
    """Give the learning rate of a step, counted from 0.

    With w warm-up steps the first w steps climb in a line, lr (step + 1) / (w + 1), so that no
    step is wasted on a rate of zero. Step w has lr itself; from there the schedule goes to min_lr,
    which the last step, max_steps - 1, has. `constant` stays at lr. A warm-up as long as the run or
    longer is cut so that the last step has lr. Later steps than the last stay where it ended.
    """
    last = max(0, max_steps - 1)
    warmup = min(config.warmup_steps, last)
    if step < warmup:
        return config.lr * (step + 1) / (warmup + 1)
    if config.schedule == "constant" or warmup == last:
        return config.lr
    done = min(1.0, (step - warmup) / (last - warmup))
    left = 1.0 - done if config.schedule == "linear" else 0.5 * (1.0 + math.cos(math.pi * done))
    # Weighted, not min_lr plus a share of the way: so both ends come out exact.
    return left * config.lr + (1.0 - left) * config.min_lr


def rise(old: float, new: float) -> str:
    """Say that a longer schedule raises the learning rate of the next step."""
    return (
        f"The learning rate rises from {old:.3g} to {new:.3g}: "
        "its schedule stretches to the new end."
    )


def resolve_steps(config: TrainConfig, train_tokens: int, block_size: int) -> tuple[int, float]:
    """Give the run's length as optimizer steps and as passes over the training part.

    A step sees sequences_per_step * block_size tokens. Epochs are rounded up to whole steps, and
    the epochs given back are those of the whole steps.
    """
    tokens_per_step = config.sequences_per_step * block_size
    if config.max_steps is not None:
        steps = config.max_steps
    else:
        assert config.epochs is not None
        # Less a hair: 0.1 + 0.2 passes must not cost a step more than 0.3.
        steps = max(1, math.ceil(config.epochs * train_tokens / tokens_per_step - 1e-9))
    return steps, steps * tokens_per_step / train_tokens

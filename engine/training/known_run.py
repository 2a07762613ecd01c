"""A training run whose course is known: the same weights, batches and text wherever it runs.

Two backends that compute alike give the same losses, up to their rounding. With it the card's
double is compared with PyTorch in the tests, and a true card by the person who has one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from ..backends import Backend, Weights
from ..config import ModelConfig, TrainConfig
from ..data.batches import TrainBatches, eval_windows
from ..data.tokenizer import CharTokenizer
from .schedule import learning_rate

EVALUATED_TOKENS = 8192
SEED = 1337

MODEL = ModelConfig(n_layer=4, n_head=2, n_embd=64, block_size=64)


def train_config(steps: int, batch_size: int = 16) -> TrainConfig:
    """Give the settings of a run of so many steps."""
    return TrainConfig(
        batch_size=batch_size, max_steps=steps, lr=2e-3, warmup_steps=steps // 10, seed=SEED
    )


@dataclass(frozen=True)
class Course:
    """How a known run went."""

    losses: list[float]
    """Of each step, before it, in nats per token."""
    val_loss: float
    """After the last step."""
    dtype: str
    device: str
    gains_moved: bool
    """Whether every norm's gain learned something."""
    weights: Weights


def follow(
    backend: Backend,
    model: ModelConfig,
    train: TrainConfig,
    say: Callable[[str], None] = lambda what: None,
    text: str | None = None,
) -> Course:
    """Train from fresh weights and say how it went.

    Args:
        backend: What computes.
        model: The network.
        train: How it is trained.
        say: Told each step.
        text: What it learns; None is the bundled one.

    Raises:
        EnvironmentNotReady: The backend or its device is not there.
        UsageError: The backend cannot compute this network.
    """
    text = bundled_text() if text is None else text
    tokenizer = CharTokenizer.from_text(text)
    tokens = np.array(tokenizer.encode(text), np.uint16)
    rest, val = tokens[: len(tokens) * 9 // 10], tokens[len(tokens) * 9 // 10 :]
    batches = TrainBatches(rest, train.batch_size, model.block_size, train.seed)
    session = backend.open(model, train, tokenizer.vocab_size, train.seed, report=say)
    try:
        losses = []
        for step in range(train.max_steps or 0):
            lr = learning_rate(step, train, train.max_steps or 0)
            result = session.train_step(batches.micro_batches(step, train.grad_accum_steps), lr)
            losses.append(float(result.loss))
            say(f"step {step + 1}: loss {losses[-1]:.4f}")
        summed, count = session.evaluate(*eval_windows(val, model.block_size, EVALUATED_TOKENS))
        found = session.describe()
        gains = session.norm_gains().values()
        moved = all(float(gain.max() - gain.min()) > 0 for gain in gains)
        return Course(losses, summed / count, found.dtype, found.device, moved, session.weights())
    finally:
        session.close()


def bundled_text() -> str:
    """Give the text that it learns."""
    return files("ttgpt.assets").joinpath("harbour.txt").read_text("utf-8")

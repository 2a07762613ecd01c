"""Training on the double follows PyTorch: the same weights, the same batches, the same text.

The whole comparison, both networks on every generation, is `benchmarks/known_run.py`.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest
from ttml_double import Machine

from ttgpt.engine.backends import Backend, Weights
from ttgpt.engine.backends.torch_backend import BACKEND as TORCH
from ttgpt.engine.backends.ttml_backend import BACKEND as TTML
from ttgpt.engine.config import ModelConfig
from ttgpt.engine.training.known_run import Course, follow, train_config

TRAIN = train_config(steps=200, batch_size=8)
NANOGPT = ModelConfig(n_layer=4, n_head=1, n_embd=32, block_size=32)
LLAMA = dataclasses.replace(NANOGPT, arch="llama", mlp_hidden=96)


ON_CPU = dataclasses.replace(TRAIN, device="cpu", precision="float32", threads=1)


@functools.cache
def with_torch(model: ModelConfig) -> Course:
    return follow(TORCH, model, ON_CPU)


def scores(backend: Backend, model: ModelConfig, weights: Weights) -> np.ndarray:
    """Logits of four sequences, after each of their first tokens, with given weights."""
    vocab_size = len(weights["wte.weight"])
    train = ON_CPU if backend is TORCH else TRAIN
    ids = np.random.default_rng(3).integers(0, vocab_size, (4, model.block_size))
    session = backend.open(model, train, vocab_size, 1, training=False)
    session.load_weights(weights)
    found = [session.decoder(ids[:, :n]).logits() for n in range(1, model.block_size + 1)]
    session.close()
    return np.stack(found)


@pytest.mark.parametrize(
    ("machine", "model"),
    [("old", NANOGPT), ("new", LLAMA), ("newest", NANOGPT)],
    indirect=["machine"],
)
def test_200_steps_follow_torch(machine: Machine, model: ModelConfig) -> None:
    torch, card = with_torch(model), follow(TTML, model, TRAIN)
    assert card.losses[0] == pytest.approx(torch.losses[0], abs=0.02)
    assert card.val_loss == pytest.approx(torch.val_loss, abs=0.05)
    assert torch.val_loss < 2.8  # it learned: 4.1 is guessing
    assert card.gains_moved
    recent = [np.mean(course.losses[-20:]) for course in (card, torch)]
    assert recent[0] == pytest.approx(recent[1], abs=0.05)
    for weights in (card.weights, torch.weights):  # trained there, and played here
        apart = np.abs(scores(TTML, model, weights) - scores(TORCH, model, weights))
        assert apart.max() < 1 / 16  # two steps of bfloat16 where the largest logits are
        assert apart.mean() < 0.005
    assert (machine.opened, machine.closed) == (3, 3)


@pytest.mark.parametrize("machine", ["newest"], indirect=True)
def test_without_the_defence_gains_freeze(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 11.4: what plain bfloat16 AdamW does, and what the comparison above would show."""
    from ttgpt.engine.backends.ttml_backend import optimizers

    real = optimizers._make_config
    monkeypatch.setattr(optimizers, "_make_config", lambda c, decay, dice: real(c, decay, False))
    train = dataclasses.replace(train_config(30, 8), lr=3e-4, min_lr=3e-5)
    assert not follow(TTML, NANOGPT, train).gains_moved

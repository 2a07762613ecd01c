"""Gradients: of one step, of all its micro-batches, cut to length (section 10)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from small_ttml import (
    differ,
    tile_batch,
    tile_model,
    tile_session,
    tile_training,
    train,
)
from ttml_double import Machine


def test_10_the_graph_of_each_pass_is_let_go(machine: Machine) -> None:
    session = tile_session()
    train(session, 1)
    session.evaluate(*tile_batch())
    assert machine.graph_bytes == 0
    machine.dram_bytes = 4_000_000  # a few passes
    session.train_step([tile_batch(i) for i in range(8)], 1e-3)
    for i in range(8):
        session.evaluate(*tile_batch(i))
        session.decoder(tile_batch(i)[0][:1]).logits()
    session.close()


def test_10_two_micro_batches_are_one_of_both(machine: Machine) -> None:
    halves = [tile_batch(1, rows=2), tile_batch(2, rows=2)]
    whole = tuple(np.concatenate(parts) for parts in zip(*halves, strict=True))
    split = tile_session(train=tile_training(batch_size=2, grad_accum_steps=2))
    both = tile_session(train=tile_training(batch_size=4))
    # The second step must know nothing of the first one's gradients.
    results = [[s.train_step(b, 1e-3) for _ in "ab"] for s, b in ((split, halves), (both, [whole]))]
    for a, b in zip(*results, strict=True):
        assert float(a.loss) == pytest.approx(float(b.loss), abs=0.02)
        assert float(a.grad_norm) == pytest.approx(float(b.grad_norm), rel=0.03)
    split.close(), both.close()


def test_10_a_step_knows_nothing_of_the_last_ones_gradient(machine: Machine) -> None:
    session = tile_session()
    norms = [float(session.train_step([tile_batch()], 0.0).grad_norm) for _ in range(3)]
    session.close()
    assert len(set(norms)) == 1


def test_10_untrained_gradients_do_not_add_up(machine: Machine) -> None:
    session: Any = tile_session(tile_model(bias=False))
    untrained = [slot.name for slot in session._slots if not slot.parts]

    def gradients() -> dict[str, np.ndarray]:
        tensors = session._model.parameters()
        return {name: tensors[name].get_grad().chips[0].copy() for name in untrained}

    found = []
    for _ in range(2):
        session.train_step([tile_batch()], 0.0)
        found.append(gradients())
    session.close()
    assert untrained
    assert any(np.any(found[0][name]) for name in untrained)
    assert not differ(*found)


def test_10_clipping_shortens_the_gradient(machine: Machine) -> None:
    moments = []
    for clip in (0.0, 0.1):
        session = tile_session(train=tile_training(grad_clip=clip))
        norm = float(session.train_step([tile_batch()], 1e-3).grad_norm)
        state = session.optimizer_state()
        firsts = [v for n, v in state.items() if n.startswith("exp_avg.")]
        moments.append(math.sqrt(sum(float((v.astype(np.float64) ** 2).sum()) for v in firsts)))
        session.close()
        assert norm > 0.3
    assert moments[0] / 0.1 == pytest.approx(norm, rel=0.02)
    assert moments[1] / 0.1 == pytest.approx(0.1, rel=0.02)

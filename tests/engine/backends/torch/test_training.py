"""What one optimizer step does."""

from __future__ import annotations

import numpy as np
import pytest
from small_torch import BLOCK, VARIANTS, batch, small_model, small_session, small_training
from torch import Tensor

from ttgpt.engine.backends.torch_backend import dropout
from ttgpt.engine.errors import NotSupported


def _gradient(session, beta1: float = 0.9) -> dict[str, np.ndarray]:
    """The gradient that the first step used: exp_avg is (1 - beta1) of it."""
    state = session.optimizer_state()
    return {
        name.removeprefix("exp_avg."): value / (1 - beta1)
        for name, value in state.items()
        if name.startswith("exp_avg.")
    }


def _norm(arrays: dict[str, np.ndarray]) -> float:
    return float(np.sqrt(sum(np.square(a, dtype=np.float64).sum() for a in arrays.values())))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_overfits_one_batch(variant: str, precision: str) -> None:
    session = small_session(small_model(**VARIANTS[variant]), small_training(precision=precision))
    losses = [float(session.train_step([batch()], 1e-2).loss) for _ in range(40)]
    assert losses[0] == pytest.approx(np.log(37), rel=0.03)
    assert losses[-1] < losses[0] / 2


def test_reported_loss_is_of_the_weights_before_the_step() -> None:
    session = small_session()
    total, tokens = session.evaluate(*batch())
    assert float(session.train_step([batch()], 1e-2).loss) == pytest.approx(total / tokens)


def test_two_micro_batches_equal_one_of_both() -> None:
    a, b = batch(1), batch(2)
    both = tuple(np.concatenate(parts) for parts in zip(a, b, strict=True))
    split, whole = small_session(), small_session()
    found, expected = split.train_step([a, b], 1e-3), whole.train_step([both], 1e-3)
    assert float(found.loss) == pytest.approx(float(expected.loss), rel=1e-5)
    assert float(found.grad_norm) == pytest.approx(float(expected.grad_norm), rel=1e-4)
    expected_gradient = _gradient(whole)
    for name, gradient in _gradient(split).items():
        np.testing.assert_allclose(gradient, expected_gradient[name], atol=1e-6, rtol=1e-3)


def test_clipping_shortens_the_gradient_but_not_the_reported_norm() -> None:
    free = small_session(train=small_training(grad_clip=0))
    clipped = small_session(train=small_training(grad_clip=0.05))
    loose = small_session(train=small_training(grad_clip=1000))
    norms = [float(s.train_step([batch()], 1e-3).grad_norm) for s in (free, clipped, loose)]
    assert norms[0] > 0.1
    assert norms == pytest.approx([norms[0]] * 3)
    assert _norm(_gradient(free)) == pytest.approx(norms[0], rel=1e-4)
    assert _norm(_gradient(clipped)) == pytest.approx(0.05, rel=1e-3)
    assert _norm(_gradient(loose)) == pytest.approx(norms[0], rel=1e-4)


@pytest.mark.parametrize("variant", ["nanogpt", "nanogpt untied", "llama"])
def test_decay_pulls_matrices_alone(variant: str) -> None:
    config = small_model(**VARIANTS[variant])
    lr, decay = 0.01, 5.0
    plain = small_session(config, small_training(weight_decay=0))
    decayed = small_session(config, small_training(weight_decay=decay))
    start = plain.weights()
    for session in (plain, decayed):
        session.train_step([batch()], lr)
    without, with_decay = plain.weights(), decayed.weights()
    for name, before in start.items():
        pull = lr * decay * before if before.ndim >= 2 else 0 * before
        np.testing.assert_allclose(without[name] - with_decay[name], pull, atol=1e-6)


def test_first_step_is_adamw() -> None:
    lr, eps = 0.01, 1e-3
    session = small_session(
        train=small_training(weight_decay=0, grad_clip=0, adam_eps=eps, beta1=0.8, beta2=0.5)
    )
    before = session.weights()
    session.train_step([batch()], lr)
    state, after = session.optimizer_state(), session.weights()
    for name, gradient in _gradient(session, beta1=0.8).items():
        np.testing.assert_allclose(
            state[f"exp_avg_sq.{name}"], 0.5 * gradient**2, rtol=1e-4, atol=1e-12
        )
        expected = before[name] - lr * gradient / (np.abs(gradient) + eps)
        np.testing.assert_allclose(after[name], expected, atol=1e-6)


def test_the_rate_is_the_one_given_at_each_step() -> None:
    session = small_session(train=small_training(weight_decay=0.5))
    start = session.weights()
    session.train_step([batch()], 0.0)
    still = session.weights()
    session.train_step([batch()], 1e-2)
    moved = session.weights()
    assert all(np.array_equal(start[name], still[name]) for name in start)
    assert all(not np.array_equal(start[name], moved[name]) for name in start)


@pytest.mark.parametrize("arch", ["nanogpt", "llama"])
def test_dropout_changes_with_the_step_and_the_seed(arch: str) -> None:
    def losses(seed: int) -> list[float]:
        session = small_session(small_model(arch=arch, dropout=0.3), seed=seed)
        session.load_weights(small_session(small_model(arch=arch)).weights())
        return [float(session.train_step([batch()], 0.0).loss) for _ in range(3)]

    first = losses(1)
    assert len(set(first)) == 3
    assert first == losses(1)
    assert not set(first) & set(losses(2))


def test_a_session_for_generation_cannot_train() -> None:
    session = small_session(training=False)
    with pytest.raises(NotSupported, match="cannot train"):
        session.train_step([batch()], 1e-3)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("block_size", [BLOCK, 80])
@pytest.mark.parametrize(("arch", "places"), [("nanogpt", 1 + 2 * 3), ("llama", 2 * 3)])
def test_dropout_is_in_every_place(
    monkeypatch: pytest.MonkeyPatch, arch: str, places: int, block_size: int, precision: str
) -> None:
    chances: list[int] = []
    mask = dropout._mask

    def watched(x: Tensor, dropped: int) -> Tensor:
        chances.append(dropped)
        return mask(x, dropped)

    monkeypatch.setattr(dropout, "_mask", watched)
    config = small_model(arch=arch, dropout=0.25, block_size=block_size)
    session = small_session(config, small_training(precision=precision))
    session.train_step([batch(length=block_size)], 1e-3)
    assert chances == [2**14] * places
    chances.clear()
    session.evaluate(*batch(length=block_size))
    session.decoder(batch(length=block_size)[0])
    assert not chances

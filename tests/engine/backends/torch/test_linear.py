"""Products with weights rounded to bfloat16."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from small_torch import VARIANTS, batch, small_model, small_session, small_training

from ttgpt.engine.backends.torch_backend.attention import attend
from ttgpt.engine.backends.torch_backend.linear import product


@pytest.mark.parametrize("with_bias", [True, False])
def test_gradients_are_those_of_a_linear_layer(with_bias: bool) -> None:
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        # Small whole numbers: bfloat16 holds them, and these sums of their products, exactly.
        return torch.randint(-3, 4, shape, generator=generator).float().requires_grad_()

    x, weight = drawn(2, 5, 4), drawn(3, 4)
    bias = drawn(3) if with_bias else None
    rounded = weight.detach().bfloat16().requires_grad_()
    others = [x] if bias is None else [x, bias]
    upstream = drawn(2, 5, 3).detach()
    exact = F.linear(x, weight, bias)
    wanted = torch.autograd.grad(exact, [weight, *others], upstream)
    made = product(x, weight, bias, rounded)
    found = torch.autograd.grad(made, [rounded, *others], upstream.bfloat16())
    assert made.dtype == torch.bfloat16
    assert torch.equal(made.float(), exact)
    assert [gradient.dtype for gradient in found[1:]] == [torch.float32] * len(others)
    for one, other in zip(found, wanted, strict=True):
        assert torch.equal(one.float(), other)


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_plain_attention_is_attention(kv_heads: int) -> None:
    generator = torch.Generator().manual_seed(1)
    q, k, v = (torch.randn(2, h, 7, 8, generator=generator) for h in (4, kv_heads, kv_heads))
    wanted = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    wanted = wanted.transpose(1, 2).flatten(2)
    torch.testing.assert_close(attend(q, k, v), wanted)
    plain = attend(q.bfloat16(), k.bfloat16(), v.bfloat16())
    torch.testing.assert_close(plain.float(), wanted, atol=0.03, rtol=0.03)


def test_long_and_short_attention_are_the_same() -> None:
    generator = torch.Generator().manual_seed(1)
    q, k, v = (torch.randn(2, h, 100, 8, generator=generator) for h in (4, 2, 2))
    long = attend(q, k, v)[:, :50]
    torch.testing.assert_close(attend(*(x[:, :, :50] for x in (q, k, v))), long)


def test_rounded_gradients_of_micro_batches_add_up() -> None:
    model = small_model(arch="llama")
    session = small_session(model, small_training(precision="bfloat16"))
    inputs, targets = batch()
    halves = [(inputs[i : i + 1], targets[i : i + 1]) for i in range(len(inputs))]
    together = float(session.train_step([(inputs, targets)], 0.0).grad_norm)
    apart = float(session.train_step(halves, 0.0).grad_norm)
    assert apart == pytest.approx(together, rel=1e-2)


@pytest.mark.parametrize("variant", VARIANTS)
def test_bfloat16_rounds_the_training_pass_alone(variant: str) -> None:
    model = small_model(**VARIANTS[variant])
    plain, rounded = (
        small_session(model, small_training(precision=p)) for p in ("float32", "bfloat16")
    )
    assert plain.evaluate(*batch()) == rounded.evaluate(*batch())
    results = [s.train_step([batch()], 1e-3) for s in (plain, rounded)]
    losses, norms = ([float(getattr(r, f)) for r in results] for f in ("loss", "grad_norm"))
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=1e-2)
    assert norms[0] == pytest.approx(norms[1], rel=3e-2)
    # Moments finer than bfloat16 can hold: they are kept in float32.
    moment = rounded.optimizer_state()["exp_avg.wte.weight"]
    assert (moment.view(np.uint32) & 0xFFFF).any()


def test_every_step_rounds_the_weights_anew() -> None:
    session = small_session(train=small_training(precision="bfloat16"))
    losses = [float(session.train_step([batch()], 1e-2).loss) for _ in range(20)]
    assert losses[-1] < 0.7 * losses[0]


def test_a_pass_that_fails_leaves_nothing_to_the_next_step() -> None:
    clean, failing = (small_session(train=small_training(precision="bfloat16")) for _ in "ab")

    def break_at_the_embedding(gradient: torch.Tensor) -> None:
        raise RuntimeError("no more")

    embedding = failing._model.wte
    hook = embedding.register_forward_hook(
        lambda module, given, made: made.register_hook(break_at_the_embedding) and None
    )
    with pytest.raises(RuntimeError, match="no more"):
        failing.train_step([batch()], 1e-2)
    hook.remove()
    norms = [float(s.train_step([batch()], 1e-2).grad_norm) for s in (clean, failing)]
    assert norms[0] == norms[1]

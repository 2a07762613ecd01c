"""Fresh weights: their spread, their seed, and the loss they start from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from small_torch import small_model, small_session, small_training

from ttgpt.engine.backends.initial_weights import initial_weights


@pytest.mark.parametrize("arch", ["nanogpt", "llama"])
def test_spreads(arch: str) -> None:
    config = small_model(arch=arch, n_layer=8, n_embd=64, tie_weights=False)
    for name, weight in initial_weights(config, 300, 1).items():
        if weight.ndim == 1:
            # 64 is not wide for 300 tokens, so the final norm is one as well.
            assert np.all(weight == (0 if name.endswith(".bias") else 1)), name
            continue
        residual = name.endswith(("attn.proj.weight", "mlp.proj.weight", "mlp.down.weight"))
        expected = 0.02 / math.sqrt(16) if residual else 0.02
        assert weight.std() == pytest.approx(expected, rel=0.1), name
        assert weight.mean() == pytest.approx(0, abs=expected / 5), name


def test_the_final_norm_alone_is_lower_in_a_wide_model() -> None:
    weights = initial_weights(small_model(n_embd=1024, n_head=16), 65, 1)
    norms = {name: w for name, w in weights.items() if w.ndim == 1 and "bias" not in name}
    assert norms.pop("ln_f.weight").max() < 0.5
    assert all(np.all(w == 1) for w in norms.values())
    assert weights["wte.weight"].std() == pytest.approx(0.02, rel=0.1)


def test_the_seed_decides() -> None:
    config = small_model()
    first, same, other = (initial_weights(config, 50, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], same[name]) for name in first)
    assert not np.array_equal(first["wte.weight"], other["wte.weight"])
    opened = small_session(config, vocab_size=50, seed=1).weights()
    assert all(np.array_equal(first[name], opened[name]) for name in first)


@pytest.mark.parametrize("arch", ["nanogpt", "llama"])
@pytest.mark.parametrize("tie_weights", [True, False])
@pytest.mark.parametrize(
    ("shape", "vocab_size"),
    [
        ({"n_layer": 2, "n_embd": 32}, 37),
        ({"n_layer": 6, "n_embd": 96}, 11),
        ({"n_layer": 2, "n_embd": 384, "n_head": 6}, 65),
        ({"n_layer": 1, "n_embd": 1024, "n_head": 16}, 65),
        ({"n_layer": 1, "n_embd": 1024, "n_head": 16}, 1000),
    ],
)
def test_an_untrained_model_is_as_unsure_as_chance(
    arch: str, tie_weights: bool, shape: dict[str, Any], vocab_size: int
) -> None:
    config = small_model(arch=arch, tie_weights=tie_weights, block_size=32, **shape)
    session = small_session(config, small_training(), vocab_size=vocab_size, training=False)
    # As skewed as letters are in a text: the common ones weigh most in the mean.
    odds = 1 / np.arange(1, vocab_size + 1)
    ids = np.random.default_rng(3).choice(vocab_size, (16, 33), p=odds / odds.sum())
    total, tokens = session.evaluate(ids[:, :-1], ids[:, 1:])
    assert total / tokens == pytest.approx(math.log(vocab_size), rel=0.03)

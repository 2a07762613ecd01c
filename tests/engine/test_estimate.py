import dataclasses
from typing import Any

import pytest

from ttgpt.engine.canonical import parameter_count
from ttgpt.engine.config import DataConfig, ModelConfig, RunConfig, SampleConfig, TrainConfig
from ttgpt.engine.estimate import card_bytes, flops_per_token, tokens_per_parameter, training_bytes

SMALL: dict[str, Any] = {"n_layer": 2, "n_head": 2, "n_embd": 8, "block_size": 16}


def config(batch_size: int = 4, precision: str = "float32", **model: Any) -> RunConfig:
    return RunConfig(
        model=ModelConfig(**{**SMALL, **model}),
        train=TrainConfig(batch_size=batch_size, max_steps=10, precision=precision),  # type: ignore
        data=DataConfig(),
        sample=SampleConfig(),
    )


def test_gpt2_small_takes_what_is_known_of_it() -> None:
    """124.4 M parameters with positions; 6 N is 0.74 GFLOP a token, attention adds 0.11."""
    gpt2 = ModelConfig(n_layer=12, n_head=12, n_embd=768, block_size=1024)
    assert tokens_per_parameter(124_439_808, gpt2, 50_257) == 1.0
    without_positions = 124_439_808 - 1024 * 768
    assert flops_per_token(gpt2, 50_257) == 6 * without_positions + 12 * 12 * 768 * 1024


def test_a_head_of_its_own_multiplies_and_the_embedding_does_not() -> None:
    tied = ModelConfig(**SMALL, tie_weights=True)
    untied = dataclasses.replace(tied, tie_weights=False)
    assert flops_per_token(tied, 100) == flops_per_token(untied, 100)


def test_memory_by_hand() -> None:
    # wte 50x8, wpe 16x8; a block: 2 norms of 16, qkv 24x8+24, proj 8x8+8, MLP 2x32x8+40; ln_f 16.
    parameters = 400 + 128 + 2 * (32 + 216 + 72 + 552) + 16
    block = 4 * (8 * 8 + 2 * 32)
    assert training_bytes(config(), 50) == 16 * parameters + 4 * 16 * (3 * block + 12 * 50)


def test_llama_by_hand() -> None:
    llama = {"arch": "llama", "n_kv_head": 1, "mlp_hidden": 20, "bias": False}
    block = 2 * 8 + 8 * 8 * 2 + 2 * 4 * 8 + 3 * 20 * 8
    parameters = 50 * 8 + 2 * block + 8
    kept = 4 * (9 * 8 + 3 * 4 + 4 * 20)
    expected = 16 * parameters + 4 * 16 * (3 * kept + 12 * 50)
    assert training_bytes(config(**llama), 50) == expected


def test_batches_cost_activations_alone() -> None:
    one, two, three = (training_bytes(config(batch_size=n), 50) for n in (1, 2, 3))
    assert three - two == two - one > 0


def test_dropout_keeps_attention_matrices() -> None:
    extra = training_bytes(config(dropout=0.1), 50) - training_bytes(config(), 50)
    assert extra == 4 * 16 * 3 * 4 * (2 * 8 + 3 * 2 * 16)


def test_bfloat16_halves_the_activations_and_copies_the_weights() -> None:
    parameters = 400 + 128 + 2 * (32 + 216 + 72 + 552) + 16
    block = 2 * (8 * 8 + 2 * 32)
    half = training_bytes(config(precision="bfloat16"), 50)
    assert half == 18 * parameters + 4 * 16 * (3 * block + 12 * 50)
    assert training_bytes(config(precision="auto"), 50) == training_bytes(config(), 50)


def test_tokens_per_parameter() -> None:
    assert tokens_per_parameter(2_288 * 20, ModelConfig(**SMALL), 50) == pytest.approx(20)


def test_a_card_keeps_whole_tiles_of_logits_and_the_mask_of_what_is_beyond() -> None:
    model, train = config().model, TrainConfig(batch_size=4, max_steps=1)
    tokens = 4 * model.block_size
    whole, beyond = (card_bytes(model, train, vocab_size) for vocab_size in (64, 63))
    parameters = 12 * (parameter_count(model, 64) - parameter_count(model, 63))
    assert whole - parameters == beyond - tokens * 2 * 2 * 64


def test_several_chips_keep_float32_masters() -> None:
    model = config().model
    one = TrainConfig(batch_size=4, max_steps=1)
    several = dataclasses.replace(one, batch_size=8, devices=2)
    more = card_bytes(model, several, 50) - card_bytes(model, one, 50)
    assert more == 4 * parameter_count(model, 50)
    full = dataclasses.replace(several, precision="float32")
    assert card_bytes(model, full, 50) == card_bytes(model, several, 50)

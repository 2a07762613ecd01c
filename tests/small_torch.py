"""Small sessions of the PyTorch backend, and batches for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ttgpt.engine.backends import MicroBatch
from ttgpt.engine.backends.torch_backend import BACKEND
from ttgpt.engine.config import ModelConfig, TrainConfig

VOCAB = 37
BLOCK = 12

VARIANTS: dict[str, dict[str, Any]] = {
    "nanogpt": {"arch": "nanogpt"},
    "nanogpt without bias": {"arch": "nanogpt", "bias": False},
    "nanogpt untied": {"arch": "nanogpt", "tie_weights": False, "mlp_hidden": 50},
    "llama": {"arch": "llama"},
    "llama with 2 kv heads, untied": {"arch": "llama", "n_kv_head": 2, "tie_weights": False},
    "llama with 1 kv head": {"arch": "llama", "n_kv_head": 1, "rope_theta": 500.0},
}


def small_model(**changes: Any) -> ModelConfig:
    fields: dict[str, Any] = {"n_layer": 2, "n_head": 4, "n_embd": 32, "block_size": BLOCK}
    if changes.get("arch") == "llama":
        fields["mlp_hidden"] = 44
    return ModelConfig(**{**fields, **changes})


def small_training(**changes: Any) -> TrainConfig:
    fields: dict[str, Any] = {
        "batch_size": 4, "max_steps": 10, "precision": "float32", "device": "cpu", "threads": 1
    }  # fmt: skip
    return TrainConfig(**{**fields, **changes})


def small_session(
    model: ModelConfig | None = None,
    train: TrainConfig | None = None,
    *,
    vocab_size: int = VOCAB,
    seed: int = 7,
    **options: Any,
) -> Any:
    return BACKEND.open(
        model or small_model(), train or small_training(), vocab_size, seed, **options
    )


def batch(seed: int = 0, n: int = 4, length: int = BLOCK, vocab_size: int = VOCAB) -> MicroBatch:
    ids = np.random.default_rng(seed).integers(vocab_size, size=(n, length + 1))
    return ids[:, :-1], ids[:, 1:]

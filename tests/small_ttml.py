"""Small sessions of the ttml backend on the double, and batches for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ttgpt.engine.backends import MicroBatch, Session, Weights
from ttgpt.engine.backends.ttml_backend import BACKEND
from ttgpt.engine.config import ModelConfig, TrainConfig

VOCAB = 37
BLOCK = 32

VARIANTS: dict[str, dict[str, Any]] = {
    "nanogpt": {"arch": "nanogpt"},
    "nanogpt untied": {"arch": "nanogpt", "tie_weights": False},
    "nanogpt without bias": {"arch": "nanogpt", "bias": False},
    "llama": {"arch": "llama", "n_kv_head": 1},
    "llama untied": {"arch": "llama", "tie_weights": False, "rope_theta": 500.0},
}


def tile_model(**changes: Any) -> ModelConfig:
    """A network of whole tiles: one block, two heads of 32."""
    fields: dict[str, Any] = {"n_layer": 1, "n_head": 2, "n_embd": 64, "block_size": BLOCK}
    if changes.get("arch") == "llama":
        fields["mlp_hidden"] = 96
    return ModelConfig(**{**fields, **changes})


def tile_training(**changes: Any) -> TrainConfig:
    return TrainConfig(**{"batch_size": 4, "max_steps": 10, **changes})


def tile_session(
    model: ModelConfig | None = None, train: TrainConfig | None = None, seed: int = 1, **kwargs: Any
) -> Session:
    return BACKEND.open(model or tile_model(), train or tile_training(), VOCAB, seed, **kwargs)


def tile_batch(seed: int = 0, rows: int = 4) -> MicroBatch:
    ids = np.random.default_rng(seed).integers(0, VOCAB, (rows, BLOCK + 1), dtype=np.int64)
    return ids[:, :-1], ids[:, 1:]


def only(*names: str) -> Any:
    """Run with these generations of the double."""
    return pytest.mark.parametrize("machine", names, indirect=True)


def train(session: Session, steps: int, lr: float = 3e-3) -> list[float]:
    return [float(session.train_step([tile_batch(i)], lr).loss) for i in range(steps)]


def as_on_device(session: Any) -> dict[str, np.ndarray]:
    """What truly lies on the double, past every view and cache."""
    return {n: t.chips[0].copy() for n, t in session._model.parameters().items()}


def differ(a: Weights, b: Weights) -> bool:
    return any(not np.array_equal(a[name], b[name]) for name in a)

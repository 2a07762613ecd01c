"""Both architectures in plain NumPy float64, written from the table in `canonical` alone.

Slow and obvious on purpose: loops over heads and pairs, nothing shared with any backend.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ttgpt.engine import canonical
from ttgpt.engine.config import ModelConfig

Array = npt.NDArray[np.float64]

_erf = np.vectorize(math.erf)


def random_weights(config: ModelConfig, vocab_size: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights in which nothing is zero or one, so that no term of the network can hide."""
    rng = np.random.default_rng(seed)
    weights = {}
    for name, shape in canonical.shapes(config, vocab_size).items():
        if len(shape) == 2:
            values = rng.normal(0, 0.2, shape)
        else:
            values = rng.normal(0 if name.endswith(".bias") else 1, 0.3, shape)
        weights[name] = values.astype(np.float32)
    return weights


def logits(config: ModelConfig, weights: dict[str, np.ndarray], ids: np.ndarray) -> Array:
    """Ids [B, T] to logits [B, T, V]."""
    w = {name: value.astype(np.float64) for name, value in weights.items()}
    forward = _nanogpt if config.arch == "nanogpt" else _llama
    hidden = np.stack([forward(config, w, row) for row in ids])
    return hidden @ w["wte.weight" if config.tie_weights else "lm_head.weight"].T


def nll(
    config: ModelConfig, weights: dict[str, np.ndarray], ids: np.ndarray, targets: np.ndarray
) -> Array:
    """Negative log-likelihood of each target, [B, T]."""
    scores = logits(config, weights, ids)
    total = np.log(np.exp(scores).sum(-1))
    return total - np.take_along_axis(scores, targets[..., None], -1)[..., 0]


def _nanogpt(config: ModelConfig, w: dict[str, Array], ids: np.ndarray) -> Array:
    x = w["wte.weight"][ids] + w["wpe.weight"][: len(ids)]
    for i in range(config.n_layer):
        h = f"h.{i}."
        q, k, v = np.split(_linear(w, h + "attn.qkv", _layer_norm(config, w, h + "ln_1", x)), 3, -1)
        x = x + _linear(w, h + "attn.proj", _attention(config, q, k, v, config.n_head))
        inner = _linear(w, h + "mlp.fc", _layer_norm(config, w, h + "ln_2", x))
        inner = 0.5 * inner * (1 + _erf(inner / math.sqrt(2)))
        x = x + _linear(w, h + "mlp.proj", inner)
    return _layer_norm(config, w, "ln_f", x)


def _llama(config: ModelConfig, w: dict[str, Array], ids: np.ndarray) -> Array:
    x = w["wte.weight"][ids]
    for i in range(config.n_layer):
        h = f"h.{i}."
        y = _rms_norm(config, w, h + "norm_1", x)
        q = _rope(config, _linear(w, h + "attn.q", y))
        k = _rope(config, _linear(w, h + "attn.k", y))
        v = _linear(w, h + "attn.v", y)
        x = x + _linear(w, h + "attn.proj", _attention(config, q, k, v, config.kv_heads))
        y = _rms_norm(config, w, h + "norm_2", x)
        gate = _linear(w, h + "mlp.gate", y)
        x = x + _linear(w, h + "mlp.down", gate / (1 + np.exp(-gate)) * _linear(w, h + "mlp.up", y))
    return _rms_norm(config, w, "norm_f", x)


def _attention(config: ModelConfig, q: Array, k: Array, v: Array, kv_heads: int) -> Array:
    size, group = config.head_size, config.n_head // kv_heads
    out = np.zeros_like(q)
    for head in range(config.n_head):
        mine = slice(head * size, (head + 1) * size)
        shared = slice(head // group * size, (head // group + 1) * size)
        for place in range(len(q)):
            seen = slice(0, place + 1)
            scores = k[seen, shared] @ q[place, mine] / math.sqrt(size)
            odds = np.exp(scores - scores.max())
            out[place, mine] = odds / odds.sum() @ v[seen, shared]
    return out


def _rope(config: ModelConfig, x: Array) -> Array:
    size, out = config.head_size, np.empty_like(x)
    for column in range(0, x.shape[1], 2):
        speed = config.rope_theta ** -(column % size / size)
        angle = np.arange(len(x)) * speed
        a, b = x[:, column], x[:, column + 1]
        out[:, column] = a * np.cos(angle) - b * np.sin(angle)
        out[:, column + 1] = a * np.sin(angle) + b * np.cos(angle)
    return out


def _linear(w: dict[str, Array], name: str, x: Array) -> Array:
    return x @ w[f"{name}.weight"].T + w.get(f"{name}.bias", 0.0)


def _layer_norm(config: ModelConfig, w: dict[str, Array], name: str, x: Array) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + config.norm_eps)
    return scaled * w[f"{name}.weight"] + w.get(f"{name}.bias", 0.0)


def _rms_norm(config: ModelConfig, w: dict[str, Array], name: str, x: Array) -> Array:
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + config.norm_eps) * w[f"{name}.weight"]

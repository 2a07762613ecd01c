"""The names and shapes under which weights are saved: the one table all backends convert to.

V vocab_size (unpadded), T block_size, C n_embd, H hidden width of the MLP, D head size,
G key and value heads, i the block's number from 0. Linear weights are [out, in].

nanogpt
    wte.weight               [V, C]    token embedding
    wpe.weight               [T, C]    learned positions
    h.{i}.ln_1.weight, .bias [C]       LayerNorm before attention; .bias only with bias
    h.{i}.attn.qkv.weight    [3C, C]   rows Q, then K, then V; heads in order inside each
    h.{i}.attn.qkv.bias      [3C]      with bias
    h.{i}.attn.proj.weight   [C, C]    .bias [C] with bias
    h.{i}.ln_2.weight, .bias [C]
    h.{i}.mlp.fc.weight      [H, C]    .bias [H] with bias; GELU (exact, by erf) follows
    h.{i}.mlp.proj.weight    [C, H]    .bias [C] with bias
    ln_f.weight, .bias       [C]
    lm_head.weight           [V, C]    absent when tied to wte.weight

llama
    wte.weight               [V, C]
    h.{i}.norm_1.weight      [C]       RMSNorm before attention
    h.{i}.attn.q.weight      [C, C]
    h.{i}.attn.k.weight      [G*D, C]
    h.{i}.attn.v.weight      [G*D, C]
    h.{i}.attn.proj.weight   [C, C]
    h.{i}.norm_2.weight      [C]
    h.{i}.mlp.gate.weight    [H, C]    SwiGLU: down(silu(gate(x)) * up(x))
    h.{i}.mlp.up.weight      [H, C]
    h.{i}.mlp.down.weight    [C, H]
    norm_f.weight            [C]
    lm_head.weight           [V, C]    absent when tied

RoPE turns neighbouring pairs (x[2j], x[2j+1]) by position * theta^(-2j/D).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from .config import ModelConfig

Shapes = dict[str, tuple[int, ...]]

_GAIN = re.compile(r"(?:^|\.)(?:ln|norm)_\w+\.weight$")


def shapes(config: ModelConfig, vocab_size: int) -> Shapes:
    """Give every weight's canonical name and shape, in the order of the table."""
    table = _nanogpt(config) if config.arch == "nanogpt" else _llama(config)
    table = {"wte.weight": (vocab_size, config.n_embd), **table}
    if not config.tie_weights:
        table["lm_head.weight"] = (vocab_size, config.n_embd)
    return table


def norm_gains(table: Iterable[str]) -> list[str]:
    """Give the names of the norms' gains: the vectors that are multiplied with, all ones at first.

    Args:
        table: Canonical names, as of `shapes`.
    """
    return [name for name in table if _GAIN.search(name)]


def parameter_count(config: ModelConfig, vocab_size: int) -> int:
    """Count the trainable numbers; tied weights count once."""
    return sum(math.prod(shape) for shape in shapes(config, vocab_size).values())


def _nanogpt(config: ModelConfig) -> Shapes:
    width, hidden = config.n_embd, config.hidden
    table: Shapes = {"wpe.weight": (config.block_size, width)}
    for i in range(config.n_layer):
        table |= _affine(f"h.{i}.ln_1", (width,), config.bias)
        table |= _affine(f"h.{i}.attn.qkv", (3 * width, width), config.bias)
        table |= _affine(f"h.{i}.attn.proj", (width, width), config.bias)
        table |= _affine(f"h.{i}.ln_2", (width,), config.bias)
        table |= _affine(f"h.{i}.mlp.fc", (hidden, width), config.bias)
        table |= _affine(f"h.{i}.mlp.proj", (width, hidden), config.bias)
    return table | _affine("ln_f", (width,), config.bias)


def _llama(config: ModelConfig) -> Shapes:
    width, hidden, shared = config.n_embd, config.hidden, config.kv_heads * config.head_size
    table: Shapes = {}
    for i in range(config.n_layer):
        table[f"h.{i}.norm_1.weight"] = (width,)
        table[f"h.{i}.attn.q.weight"] = (width, width)
        table[f"h.{i}.attn.k.weight"] = (shared, width)
        table[f"h.{i}.attn.v.weight"] = (shared, width)
        table[f"h.{i}.attn.proj.weight"] = (width, width)
        table[f"h.{i}.norm_2.weight"] = (width,)
        table[f"h.{i}.mlp.gate.weight"] = (hidden, width)
        table[f"h.{i}.mlp.up.weight"] = (hidden, width)
        table[f"h.{i}.mlp.down.weight"] = (width, hidden)
    return table | {"norm_f.weight": (width,)}


def _affine(name: str, shape: tuple[int, ...], bias: bool) -> Shapes:
    """Give a weight and, with bias, the bias of its output width."""
    return {f"{name}.weight": shape} | ({f"{name}.bias": shape[:1]} if bias else {})

"""A model's forward pass for one new token of each of a few sequences, on a CPU, in NumPy.

With a single token there is no matrix product to do: each weight is read once, for a vector. NumPy
does that two to three times as fast as PyTorch, and its calls cost a third
(benchmarks/RESULTS.md). Weights, keys and values are the model's own memory, not copies.

n sequences, C n_embd, H heads, G key and value heads, D head size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch.nn.functional as F

from .. import Floats, Tokens
from . import llama as torch_llama
from . import nanogpt as torch_nanogpt
from .attention import LayerCache
from .model import LanguageModel
from .vector_parts import Part, activation, attend, layer_norm, linear, rms_norm, rotate, shared


@dataclass(frozen=True)
class VectorPath:
    """The network of a model, one position at a time."""

    caches: Sequence[LayerCache]
    """One for each block; a step adds a token to each."""
    tokens: Floats
    """Token embedding [V, C]."""
    places: Floats | None
    """Learned positions [T, C]."""
    blocks: Sequence[Part]
    norm: Part
    head: Part

    def step(self, ids: Tokens) -> Floats:
        """Show the model one new token of each sequence, [n], and give the scores, [n, V]."""
        x: Floats = self.tokens[ids]  # [n, C]
        if self.places is not None:
            x += self.places[self.caches[0].length]
        # Weights that are not finite show in the scores; a warning for each product adds nothing.
        with np.errstate(all="ignore"):
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))


def vector_path(model: LanguageModel, caches: Sequence[LayerCache]) -> VectorPath:
    """Make the path of a model on the CPU; what changes the model's weights changes it too."""
    tokens = shared(model.wte.weight)
    head = linear((model.lm_head or model.wte).weight)
    if isinstance(model, torch_nanogpt.NanoGPT):
        blocks = [_nanogpt_block(b, c) for b, c in zip(model.blocks, caches, strict=True)]
        places = shared(model.wpe.weight)
        return VectorPath(caches, tokens, places, blocks, layer_norm(model.ln_f), head)
    assert isinstance(model, torch_llama.Llama)
    turns = shared(model.turns)
    blocks = [_llama_block(b, c, turns) for b, c in zip(model.blocks, caches, strict=True)]
    return VectorPath(caches, tokens, None, blocks, rms_norm(model.norm_f), head)


def _nanogpt_block(block: torch_nanogpt.Block, cache: LayerCache) -> Part:
    attn, mlp = block.attn, block.mlp
    norm_1, norm_2 = layer_norm(block.ln_1), layer_norm(block.ln_2)
    qkv, proj = linear(attn.qkv.weight, attn.qkv.bias), linear(attn.proj.weight, attn.proj.bias)
    up, down = linear(mlp.fc.weight, mlp.fc.bias), linear(mlp.proj.weight, mlp.proj.bias)
    gelu = activation(F.gelu)

    def step(x: Floats) -> Floats:
        q, k, v = qkv(norm_1(x)).reshape(len(x), 3, -1, attn.head_size).swapaxes(0, 1)
        x = x + proj(attend(q, k, v, cache))
        return x + down(gelu(up(norm_2(x))))

    return step


def _llama_block(
    block: torch_llama.Block, cache: LayerCache, turns: npt.NDArray[np.complex64]
) -> Part:
    attn, mlp = block.attn, block.mlp
    norm_1, norm_2 = rms_norm(block.norm_1), rms_norm(block.norm_2)
    q_part, k_part, v_part, proj = (linear(m.weight) for m in (attn.q, attn.k, attn.v, attn.proj))
    gate, up, down = (linear(m.weight) for m in (mlp.gate, mlp.up, mlp.down))
    silu = activation(F.silu)

    def heads(x: Floats) -> Floats:
        return x.reshape(len(x), -1, attn.head_size)

    def step(x: Floats) -> Floats:
        y, turn = norm_1(x), turns[cache.length]
        q, k, v = rotate(heads(q_part(y)), turn), rotate(heads(k_part(y)), turn), heads(v_part(y))
        x = x + proj(attend(q, k, v, cache))
        y = norm_2(x)
        return x + down(silu(gate(y)) * up(y))

    return step

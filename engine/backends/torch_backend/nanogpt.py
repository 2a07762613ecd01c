"""The nanogpt architecture: learned positions, LayerNorm before each part, GELU (GPT-2 style)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...config import ModelConfig
from .attention import LayerCache, attend
from .dropout import dropout
from .linear import Linear
from .model import LanguageModel


class Attention(nn.Module):
    """Causal self-attention with Q, K and V from one product."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.n_embd
        self.head_size, self.dropout = config.head_size, config.dropout
        self.qkv = Linear(width, 3 * width, bias=config.bias)
        self.proj = Linear(width, width, bias=config.bias)

    def forward(self, x: Tensor, cache: LayerCache | None) -> Tensor:
        """Take [B, T, C] to [B, T, C]."""
        qkv = self.qkv(x).unflatten(-1, (3, -1, self.head_size))  # [B, T, 3, H, D]
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # each [B, H, T, D]
        if cache is not None:
            k, v = cache.extend(k, v)
        mixed = attend(q, k, v, self.dropout if self.training else 0.0)
        return dropout(self.proj(mixed), self.dropout, self.training)


class MLP(nn.Module):
    """Two linear layers with an exact GELU between."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.dropout = config.dropout
        self.fc = Linear(config.n_embd, config.hidden, bias=config.bias)
        self.proj = Linear(config.hidden, config.n_embd, bias=config.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Take [B, T, C] to [B, T, C]."""
        return dropout(self.proj(F.gelu(self.fc(x))), self.dropout, self.training)


class Block(nn.Module):
    """Attention, then the MLP, each added to the residual stream."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.ln_1 = _layer_norm(config)
        self.attn = Attention(config)
        self.ln_2 = _layer_norm(config)
        self.mlp = MLP(config)

    def forward(self, x: Tensor, cache: LayerCache | None) -> Tensor:
        """Take [B, T, C] to [B, T, C]."""
        x = x + self.attn(self.ln_1(x), cache)
        return x + self.mlp(self.ln_2(x))  # type: ignore[no-any-return]


class NanoGPT(LanguageModel):
    """The whole network."""

    def __init__(self, config: ModelConfig, vocab_size: int) -> None:
        super().__init__(config, vocab_size)
        self.wpe = nn.Embedding(config.block_size, config.n_embd)
        self.blocks = [Block(config) for _ in range(config.n_layer)]
        self.h = nn.ModuleList(self.blocks)
        self.ln_f = _layer_norm(config)

    def forward(self, ids: Tensor, caches: Sequence[LayerCache] | None = None) -> Tensor:
        """Take ids [B, T] to hidden states [B, T, C]; see the base class."""
        start = caches[0].length if caches else 0
        places = torch.arange(start, start + ids.shape[1], device=ids.device)
        x = dropout(self.wte(ids) + self.wpe(places), self.config.dropout, self.training)
        for i, block in enumerate(self.blocks):
            x = block(x, caches[i] if caches else None)
        hidden: Tensor = self.ln_f(x)
        return hidden


def _layer_norm(config: ModelConfig) -> nn.LayerNorm:
    return nn.LayerNorm(config.n_embd, eps=config.norm_eps, bias=config.bias)

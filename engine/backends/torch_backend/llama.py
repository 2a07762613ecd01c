"""The llama architecture: RMSNorm, rotary positions, shared key and value heads, SwiGLU."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from ...config import ModelConfig
from .attention import LayerCache, attend
from .dropout import dropout
from .linear import Linear
from .model import LanguageModel
from .rope import rotate, turns


class Attention(nn.Module):
    """Causal self-attention in which a group of heads shares one key and value head."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, shared = config.n_embd, config.kv_heads * config.head_size
        self.head_size, self.dropout = config.head_size, config.dropout
        self.q = Linear(width, width, bias=False)
        self.k = Linear(width, shared, bias=False)
        self.v = Linear(width, shared, bias=False)
        self.proj = Linear(width, width, bias=False)

    def forward(self, x: Tensor, turn: Tensor, cache: LayerCache | None) -> Tensor:
        """Take [B, T, C] to [B, T, C], with each position's turn [T, D / 2]."""
        q = rotate(self._heads(self.q(x)), turn).transpose(1, 2)  # [B, H, T, D]
        k = rotate(self._heads(self.k(x)), turn).transpose(1, 2)  # [B, G, T, D]
        v = self._heads(self.v(x)).transpose(1, 2)
        if cache is not None:
            k, v = cache.extend(k, v)
        mixed = attend(q, k, v, self.dropout if self.training else 0.0)
        return dropout(self.proj(mixed), self.dropout, self.training)

    def _heads(self, x: Tensor) -> Tensor:
        """Split [B, T, heads * D] into [B, T, heads, D]."""
        return x.view(*x.shape[:-1], -1, self.head_size)


class MLP(nn.Module):
    """SwiGLU (Shazeer, 2020): down(silu(gate(x)) * up(x))."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.dropout = config.dropout
        self.gate = Linear(config.n_embd, config.hidden, bias=False)
        self.up = Linear(config.n_embd, config.hidden, bias=False)
        self.down = Linear(config.hidden, config.n_embd, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Take [B, T, C] to [B, T, C]."""
        gated = F.silu(self.gate(x)) * self.up(x)
        return dropout(self.down(gated), self.dropout, self.training)


class Block(nn.Module):
    """Attention, then the MLP, each added to the residual stream."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.norm_1 = _rms_norm(config)
        self.attn = Attention(config)
        self.norm_2 = _rms_norm(config)
        self.mlp = MLP(config)

    def forward(self, x: Tensor, turn: Tensor, cache: LayerCache | None) -> Tensor:
        """Take [B, T, C] to [B, T, C]."""
        x = x + self.attn(self.norm_1(x), turn, cache)
        return x + self.mlp(self.norm_2(x))  # type: ignore[no-any-return]


class Llama(LanguageModel):
    """The whole network."""

    def __init__(self, config: ModelConfig, vocab_size: int) -> None:
        super().__init__(config, vocab_size)
        self.blocks = [Block(config) for _ in range(config.n_layer)]
        self.h = nn.ModuleList(self.blocks)
        self.norm_f = _rms_norm(config)
        self.turns: Tensor
        turn = turns(config.block_size, config.head_size, config.rope_theta)
        self.register_buffer("turns", turn, persistent=False)

    def forward(self, ids: Tensor, caches: Sequence[LayerCache] | None = None) -> Tensor:
        """Take ids [B, T] to hidden states [B, T, C]; see the base class."""
        start = caches[0].length if caches else 0
        turn = self.turns[start : start + ids.shape[1]]
        x = self.wte(ids)
        for i, block in enumerate(self.blocks):
            x = block(x, turn, caches[i] if caches else None)
        hidden: Tensor = self.norm_f(x)
        return hidden


def _rms_norm(config: ModelConfig) -> nn.RMSNorm:
    return nn.RMSNorm(config.n_embd, eps=config.norm_eps)

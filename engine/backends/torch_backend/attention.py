"""Attention over earlier tokens, and the keys and values kept while text is written.

B sequences, T new tokens, S tokens seen, H heads, G key and value heads, D head size.
"""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from .. import Floats
from .dropout import dropout

_SHORT = 64
"""Longest text for which plain products in float32 are not slower than the fused attention."""


class LayerCache:
    """One layer's keys and values of the tokens seen so far, in storage made once."""

    def __init__(
        self, n: int, kv_heads: int, block_size: int, head_size: int, device: torch.device
    ) -> None:
        self.length = 0
        self._kept = torch.empty((2, n, kv_heads, block_size, head_size), device=device)
        self._on_host = self._kept.numpy() if device.type == "cpu" else None

    def extend(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Store new keys and values [B, G, T, D] and give all so far [B, G, S, D]."""
        end = self.length + k.shape[2]
        self._kept[0, :, :, self.length : end] = k
        self._kept[1, :, :, self.length : end] = v
        self.length = end
        keys, values = self._kept[:, :, :, :end].unbind(0)
        return keys, values

    def extend_by_one(self, k: Floats, v: Floats) -> tuple[Floats, Floats]:
        """Do the same on the CPU for one token's keys and values [B, G, D], in NumPy."""
        assert self._on_host is not None
        self._on_host[0, :, :, self.length] = k
        self._on_host[1, :, :, self.length] = v
        self.length += 1
        keys, values = self._on_host[:, :, :, : self.length]
        return keys, values


def attend(q: Tensor, k: Tensor, v: Tensor, dropped: float = 0.0) -> Tensor:
    """Mix the values that each query may see: those at its own place and before.

    Args:
        q: [B, H, T, D].
        k: [B, G, S, D]; each serves a group of H // G heads.
        v: Like k.
        dropped: Share of the attention weights that is dropped.

    Returns:
        [B, T, H * D], heads side by side. T is S, or 1 for the newest token alone.
    """
    n_batch, n_head, length, head_size = q.shape
    group = n_head // k.shape[1]
    if length == 1:
        # One token sees everything, so a group's heads can stand in the place of its time steps
        # and the cache need not be repeated for each of them.
        q = q.reshape(n_batch, -1, group, head_size)
        mixed = F.scaled_dot_product_attention(q, k, v, dropout_p=dropped)
        return mixed.reshape(n_batch, 1, -1)
    if _takes_plain_products(q, dropped):
        mixed = _attend_plainly(q, k, v, dropped)
    else:
        if group > 1:
            k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=dropped)
    return mixed.transpose(1, 2).reshape(n_batch, length, -1)


def _takes_plain_products(q: Tensor, dropped: float) -> bool:
    """Say whether two products beat PyTorch's fused attention (benchmarks/RESULTS.md).

    Its kernel for CPUs is made for long texts in float32, and does not drop anything.
    """
    if q.device.type != "cpu":
        return False
    return q.dtype == torch.bfloat16 or q.shape[-2] <= _SHORT or dropped > 0


def _attend_plainly(q: Tensor, k: Tensor, v: Tensor, dropped: float) -> Tensor:
    """Mix by two products: q [B, H, T, D], and k and v [B, G, T, D], to [B, H, T, D]."""
    n_batch, n_head, length, head_size = q.shape
    kv_heads = k.shape[1]
    # The heads of a group stand below each other, so none of their keys need be repeated.
    rows = q.reshape(n_batch * kv_heads, -1, head_size)  # [B * G, H // G * T, D]
    k, v = (x.reshape(n_batch * kv_heads, length, head_size) for x in (k, v))
    mask = _causal_mask(length, n_head // kv_heads, q.dtype)
    scores = torch.baddbmm(mask, rows, k.transpose(1, 2), alpha=head_size**-0.5)
    shares = dropout(F.softmax(scores, dim=-1), dropped)
    return torch.bmm(shares, v).view(q.shape)


@lru_cache(maxsize=4)
def _causal_mask(length: int, group: int, dtype: torch.dtype) -> Tensor:
    """Give -inf where a position may not see, else 0: [H // G * T, T], a group's heads in turn."""
    with torch.inference_mode(False):  # an evaluation may be the first to ask, and training next
        mask = torch.full((length, length), -torch.inf, dtype=dtype).triu(1)
        return mask.repeat(group, 1)

"""Layers for one new token of each of a few sequences, in NumPy over a PyTorch model's memory.

n sequences, C n_embd, H heads, G key and value heads, D head size, S tokens seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from .. import Floats
from .attention import LayerCache

Part = Callable[[Floats], Floats]
"""A layer: [n, in] to [n, out]."""


def shared(tensor: Tensor) -> npt.NDArray[Any]:
    """Give a tensor's own memory as an array."""
    return tensor.detach().numpy()


def linear(weight: Tensor, bias: Tensor | None = None) -> Part:
    """Make x @ weight.T + bias; weight is [out, in]."""
    turned = shared(weight).T
    if bias is None:
        return lambda x: x @ turned
    added = shared(bias)
    return lambda x: x @ turned + added


def layer_norm(module: nn.LayerNorm) -> Part:
    """Make a LayerNorm over C."""
    gain, eps, width = shared(module.weight), module.eps, module.normalized_shape[0]
    shift = 0.0 if module.bias is None else shared(module.bias)

    def norm(x: Floats) -> Floats:
        centred = x - np.add.reduce(x, axis=1, keepdims=True) / width
        squares = np.einsum("nc,nc->n", centred, centred)[:, None]
        normed: Floats = centred / np.sqrt(squares / width + eps) * gain + shift
        return normed

    return norm


def rms_norm(module: nn.RMSNorm) -> Part:
    """Make an RMSNorm over C."""
    gain, eps, width = shared(module.weight), module.eps or 0.0, module.normalized_shape[0]

    def norm(x: Floats) -> Floats:
        squares = np.einsum("nc,nc->n", x, x)[:, None]
        normed: Floats = x / np.sqrt(squares / width + eps) * gain
        return normed

    return norm


def activation(function: Callable[[Tensor], Tensor]) -> Part:
    """Make an elementwise part of a PyTorch function, which NumPy may lack (erf)."""
    return lambda x: function(torch.from_numpy(x)).numpy()


def attend(q: Floats, k: Floats, v: Floats, cache: LayerCache) -> Floats:
    """Add a token's key and value to the cache, and mix all values for its query.

    Args:
        q: [n, H, D].
        k: [n, G, D]; each serves a group of H // G heads.
        v: Like k.
        cache: Grows by one token.

    Returns:
        [n, C], heads side by side.
    """
    n, kv_heads, size = k.shape
    keys, values = cache.extend_by_one(k, v)  # [n, G, S, D]
    grouped = q.reshape(n, kv_heads, -1, size) * np.float32(size**-0.5)  # [n, G, H // G, D]
    scores = grouped @ keys.swapaxes(2, 3)  # [n, G, H // G, S]
    shares = np.exp(scores - np.maximum.reduce(scores, axis=3, keepdims=True))
    shares /= np.add.reduce(shares, axis=3, keepdims=True)
    mixed: Floats = (shares @ values).reshape(n, -1)
    return mixed


def rotate(x: Floats, turn: npt.NDArray[np.complex64]) -> Floats:
    """Turn the pairs of x [n, heads, D] by a place's turn [D / 2]; see `rope`."""
    turned: Floats = (x.view(np.complex64) * turn).view(np.float32)
    return turned

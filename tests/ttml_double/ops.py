"""The arithmetic of the models, one chip at a time: each gives its value and its backward.

B batch, S sequence, E width, H heads, G key and value heads, D head size.
"""

from __future__ import annotations

import math

import numpy as np

from . import bf16
from .device_tensor import DataType, Layout
from .tensor import Backward, Tensor, apply

Out = tuple[np.ndarray, Backward]


def embedding(ids: Tensor, weight: Tensor) -> Tensor:
    """ids UINT32 ROW_MAJOR [B,1,1,S], weight [1,1,V,E] -> [B,1,S,E]."""
    stored = ids.get_value()
    if stored.dtype is not DataType.UINT32 or stored.layout is not Layout.ROW_MAJOR:
        raise RuntimeError("TT_FATAL: embedding takes UINT32 ids in ROW_MAJOR layout")
    if len(ids.shape()) != 4 or ids.shape()[1:3] != [1, 1]:
        raise RuntimeError(f"TT_FATAL: embedding takes ids [B,1,1,S], not {ids.shape()}")

    def look_up(number: np.ndarray, table: np.ndarray) -> Out:
        rows, size = number[:, 0, 0].astype(np.int64), table.shape[2]
        # Nothing checks an id on the device: past the table lies whatever lies there.
        out = np.where((rows < size)[..., None], table[0, 0][rows % size], np.float32(3e4))

        def backward(g: np.ndarray) -> tuple[None, np.ndarray]:
            dw = np.zeros_like(table)
            np.add.at(dw[0, 0], (rows % size).ravel(), g.reshape(-1, g.shape[-1]))
            return None, dw

        return out[:, None], backward

    return apply(look_up, ids, weight)


def add(a: Tensor, b: Tensor) -> Tensor:
    """Add; only the batch may be broadcast, as for the table of positions."""

    def both(x: np.ndarray, y: np.ndarray) -> Out:
        if x.shape[1:] != y.shape[1:] or y.shape[0] not in (1, x.shape[0]):
            raise RuntimeError(f"TT_FATAL: Shapes of gradients are not equal {x.shape} {y.shape}")
        summed = y.shape[0] != x.shape[0]
        return x + y, lambda g: (g, g.sum(0, keepdims=True) if summed else g)

    return apply(both, a, b)


def scale(a: Tensor, factor: float) -> Tensor:
    return apply(lambda x: (x * np.float32(factor), lambda g: (g * np.float32(factor),)), a)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x [B,1,S,in], weight [1,1,out,in], bias [1,1,1,out]."""

    def product(x: np.ndarray, w: np.ndarray, *b: np.ndarray) -> Out:
        flat = x.reshape(-1, x.shape[-1])
        out = flat @ w[0, 0].T
        if b:
            out = out + b[0][0, 0, 0]

        def backward(g: np.ndarray) -> tuple[np.ndarray, ...]:
            rows = g.reshape(-1, g.shape[-1])
            found = ((rows @ w[0, 0]).reshape(x.shape), (rows.T @ flat)[None, None])
            return (*found, rows.sum(0)[None, None, None]) if b else found

        return out.reshape(*x.shape[:-1], -1), backward

    return apply(product, x, weight, *([bias] if bias is not None else []))


def layernorm(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    def norm(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> Out:
        centred = x - x.mean(-1, keepdims=True)
        shrink = 1 / np.sqrt((centred**2).mean(-1, keepdims=True) + np.float32(1e-5))
        unit = centred * shrink

        def backward(g: np.ndarray) -> tuple[np.ndarray, ...]:
            du = g * gamma
            dx = du - du.mean(-1, keepdims=True) - unit * (du * unit).mean(-1, keepdims=True)
            return dx * shrink, _to_vector(g * unit), _to_vector(g)

        return unit * gamma + beta, backward

    return apply(norm, x, gamma, beta)


def rmsnorm(x: Tensor, gamma: Tensor, epsilon: float) -> Tensor:
    def norm(x: np.ndarray, gamma: np.ndarray) -> Out:
        shrink = 1 / np.sqrt((x**2).mean(-1, keepdims=True) + np.float32(epsilon))
        unit = x * shrink

        def backward(g: np.ndarray) -> tuple[np.ndarray, ...]:
            du = g * gamma
            dx = du - unit * (du * unit).mean(-1, keepdims=True)
            return dx * shrink, _to_vector(g * unit)

        return unit * gamma, backward

    return apply(norm, x, gamma)


def gelu(x: Tensor) -> Tensor:
    def activate(x: np.ndarray) -> Out:
        share = np.float32(0.5) * (1 + _erf(x * np.float32(math.sqrt(0.5))))
        slope = share + x * np.exp(-x * x / 2) * np.float32(1 / math.sqrt(2 * math.pi))
        return x * share, lambda g: (g * slope,)

    return apply(activate, x)


def swiglu(gate: Tensor, up: Tensor) -> Tensor:
    """silu(gate) * up."""

    def activate(gate: np.ndarray, up: np.ndarray) -> Out:
        share = 1 / (1 + np.exp(-gate))
        silu = gate * share
        return silu * up, lambda g: (g * up * (share + silu * (1 - share)), g * silu)

    return apply(activate, gate, up)


def rows_between(x: Tensor, start: int, end: int) -> Tensor:
    """Cut columns of [B,1,S,*]; its gradient is zero elsewhere."""

    def cut(x: np.ndarray) -> Out:
        def backward(g: np.ndarray) -> tuple[np.ndarray]:
            dx = np.zeros_like(x)
            dx[..., start:end] = g
            return (dx,)

        return x[..., start:end], backward

    return apply(cut, x)


def dropout(x: Tensor, probability: float) -> Tensor:
    rng = x.machine.rng

    def drop(x: np.ndarray) -> Out:
        keep = (rng.random(x.shape) >= probability) / np.float32(1 - probability)
        return x * keep, lambda g: (g * keep,)

    return apply(drop, x) if probability else x


def heads(x: Tensor, count: int) -> Tensor:
    """[B,1,S,count*D] -> [B,count,S,D]."""

    def split(x: np.ndarray) -> Out:
        b, _, s, width = x.shape
        out = x.reshape(b, s, count, width // count).transpose(0, 2, 1, 3)
        return out, lambda g: (g.transpose(0, 2, 1, 3).reshape(x.shape),)

    return apply(split, x)


def fuse_heads(x: Tensor) -> Tensor:
    """[B,H,S,D] -> [B,1,S,H*D]."""

    def join(x: np.ndarray) -> Out:
        b, h, s, d = x.shape
        out = x.transpose(0, 2, 1, 3).reshape(b, 1, s, h * d)
        return out, lambda g: (g.reshape(b, s, h, d).transpose(0, 2, 1, 3),)

    return apply(join, x)


def rope(x: Tensor, theta: float) -> Tensor:
    """Turn neighbouring pairs of [B,H,S,D] (section 7.3)."""
    _, _, length, size = x.shape()
    if size % 32 or size > 256:
        raise RuntimeError(f"TT_FATAL: rope: head_dim {size} must be % 32 and at most 256")
    angle = np.outer(np.arange(length), theta ** (-np.arange(0, size, 2) / size))
    cos, sin = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)

    def turn(x: np.ndarray, sin: np.ndarray = sin) -> np.ndarray:
        a, b = x[..., 0::2], x[..., 1::2]
        return np.stack((a * cos - b * sin, a * sin + b * cos), -1).reshape(x.shape)

    return apply(lambda x: (turn(x), lambda g: (turn(g, -sin),)), x)


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """q [B,H,S,D], k and v [B,G,S,D], mask [1,1,S,S] with 1 where to attend."""
    machine, (_, n_head, length, size) = q.machine, q.shape()
    if length % 32:
        raise RuntimeError("TT_FATAL: u_scaler shape mismatch")
    group = n_head // k.shape()[1]
    if mask is not None:
        stored = mask.get_value()
        if stored.dtype is not DataType.BFLOAT16 or stored.layout is not Layout.TILE:
            raise RuntimeError("TT_FATAL: the attention mask must be BF16 in TILE layout")
        seen = mask.chips[0]
    elif machine.generation.none_mask_is_causal:
        seen = np.tril(np.ones((1, 1, length, length), np.float32))
    else:
        seen = np.ones((1, 1, length, length), np.float32)  # it looks ahead (section 8.2)
    bar = (seen - 1) * np.float32(1e9)
    shrink = np.float32(1 / math.sqrt(size))

    def attend(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> Out:
        wide_k, wide_v = (np.repeat(a, group, 1) for a in (k, v))
        scores = q @ wide_k.transpose(0, 1, 3, 2) * shrink + bar
        odds = np.exp(scores - scores.max(-1, keepdims=True))
        odds = bf16.nearest(odds / odds.sum(-1, keepdims=True))

        def narrow(g: np.ndarray) -> np.ndarray:
            return g.reshape(g.shape[0], -1, group, *g.shape[2:]).sum(2)

        def backward(g: np.ndarray) -> tuple[np.ndarray, ...]:
            dodds = g @ wide_v.transpose(0, 1, 3, 2)
            dscores = odds * (dodds - (dodds * odds).sum(-1, keepdims=True)) * shrink
            dk, dv = dscores.transpose(0, 1, 3, 2) @ q, odds.transpose(0, 1, 3, 2) @ g
            return dscores @ wide_k, narrow(dk), narrow(dv)

        return odds @ wide_v, backward

    return apply(attend, q, k, v)


def cross_entropy(prediction: Tensor, target: Tensor) -> Tensor:
    """logits [B,1,S,V], target UINT32 ROW_MAJOR [B,S] -> mean, [1,1,1,1], bfloat16 (4.3)."""
    stored = target.get_value()
    if stored.dtype is not DataType.UINT32 or stored.layout is not Layout.ROW_MAJOR:
        raise RuntimeError("TT_FATAL: cross_entropy_loss takes UINT32 targets in ROW_MAJOR layout")
    if len(target.shape()) != 2:
        raise RuntimeError(
            f"TT_FATAL: cross_entropy_loss takes targets [B,S], not {target.shape()}"
        )

    def loss(logits: np.ndarray, goal: np.ndarray) -> Out:
        z = logits[:, 0] - logits[:, 0].max(-1, keepdims=True)  # [B,S,V]
        total = np.exp(z).sum(-1, keepdims=True)
        where = goal.astype(np.int64)[..., None] % z.shape[-1]
        nll = np.log(total) - np.take_along_axis(z, where, -1)

        def backward(g: np.ndarray) -> tuple[np.ndarray, None]:
            dz = np.exp(z) / total
            np.put_along_axis(dz, where, np.take_along_axis(dz, where, -1) - 1, -1)
            return dz[:, None] * (g.reshape(()) / np.float32(goal.size)), None

        return nll.mean().reshape(1, 1, 1, 1), backward

    return apply(loss, prediction, target)


def _to_vector(g: np.ndarray) -> np.ndarray:
    return g.reshape(-1, g.shape[-1]).sum(0)[None, None, None]


def _erf(x: np.ndarray) -> np.ndarray:
    """Abramowitz and Stegun 7.1.26: wrong by at most 1.5e-7, far below bfloat16."""
    t = 1 / (1 + np.float32(0.3275911) * np.abs(x))
    tail = (((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t
    return np.sign(x) * (1 - (tail + 0.254829592) * t * np.exp(-x * x)).astype(np.float32)

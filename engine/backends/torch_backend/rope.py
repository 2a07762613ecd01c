"""Rotary positions (Su et al., 2021): neighbouring pairs turn by an angle that grows with place."""

from __future__ import annotations

import torch
from torch import Tensor


def turns(block_size: int, head_size: int, theta: float) -> Tensor:
    """Give each position's turn of each pair, as unit complex numbers [T, D / 2].

    The angle is position * theta^(-2j/D) for the pair (x[2j], x[2j+1]).
    """
    speed = theta ** -(torch.arange(0, head_size, 2, dtype=torch.float64) / head_size)
    angle = torch.outer(torch.arange(block_size, dtype=torch.float64), speed)
    return torch.polar(torch.ones_like(angle), angle).to(torch.complex64)


def rotate(x: Tensor, turn: Tensor) -> Tensor:
    """Turn the pairs of x [B, T, H, D] by turn [T, D / 2].

    One complex product: on a CPU several times faster than sines and cosines pair by pair.
    """
    pairs = torch.view_as_complex(x.float().view(*x.shape[:-1], -1, 2))  # [B, T, H, D / 2]
    return torch.view_as_real(pairs * turn[:, None]).flatten(-2).type_as(x)

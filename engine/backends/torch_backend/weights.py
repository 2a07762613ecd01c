"""Weights and optimizer moments in and out of tensors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from .. import Floats, Weights


def to_host(tensor: Tensor) -> Floats:
    """Copy a tensor out as float32."""
    return np.array(tensor.detach().cpu().numpy(), dtype=np.float32)


def from_host(array: Floats) -> Tensor:
    """Copy an array into a tensor, whether or not it may be written to."""
    return torch.tensor(np.asarray(array, dtype=np.float32))


def fill(tensors: Mapping[str, Tensor], weights: Weights) -> None:
    """Copy arrays into tensors of the same names."""
    with torch.no_grad():
        for name, tensor in tensors.items():
            tensor.copy_(from_host(weights[name]))

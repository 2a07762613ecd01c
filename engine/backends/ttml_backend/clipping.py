"""Shorten the gradient to a given norm, with or without ttml's own function for it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import ttml

from .device import Device
from .tensors import Tensor, first_chip, named, weight_to_device

_NO_LIMIT = 1e30
"""Asks for the norm alone; bfloat16 and float32 still hold it."""


def clip(parameters: Mapping[str, Tensor], max_norm: float, device: Device) -> Any:
    """Scale all gradients down where their common norm is above max_norm.

    Args:
        parameters: Names to tensors.
        max_norm: Longest norm; infinity measures only.
        device: Where they lie.

    Returns:
        The norm, as a tensor that can be read later.
    """
    if hasattr(ttml.core, "clip_grad_norm"):
        try:
            return ttml.core.clip_grad_norm(named(parameters), min(max_norm, _NO_LIMIT), 2.0, False)
        except TypeError:
            pass  # it takes nothing but what a model gave, and not all of that is trained
    gradients = list(_gradients(parameters, device))
    norm = math.sqrt(sum(float(np.square(g, dtype=np.float64).sum()) for _, g in gradients))
    if norm > max_norm:
        for tensor, gradient in gradients:
            factor = np.float32(max_norm / (norm + 1e-6))
            tensor.set_grad(weight_to_device(gradient * factor).get_value())
    return weight_to_device(np.full((1, 1, 1, 1), norm, np.float32))


def _gradients(parameters: Mapping[str, Tensor], device: Device) -> Iterator[tuple[Any, Any]]:
    for tensor in parameters.values():
        if tensor.is_grad_initialized():
            wrapped = ttml.autograd.Tensor(tensor.get_grad(), False)
            yield tensor, first_chip(wrapped, device)

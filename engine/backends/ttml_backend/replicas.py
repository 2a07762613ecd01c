"""Whether the chips' copies of a network agree: synchronising may do nothing, and say nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import ttml

from ...errors import NotSupported
from .device import Device
from .tensors import result_to_host

_TOLERANCE = 1e-2
"""Of a tensor's size; without synchronising, gradients differ by about all of it."""


def check_gradients(parameters: Any, device: Device) -> None:
    """Compare the chips' gradients of the first step, after they were averaged.

    Raises:
        NotSupported: They differ: each chip would train a network of its own.
    """
    if device.chips == 1:
        return
    for name, tensor in sorted(parameters.items()):
        if tensor.is_grad_initialized():
            size, apart = _compare(tensor.get_grad(), device)
            if apart > _TOLERANCE * size:
                raise _differ("The chips do not exchange gradients.", name, apart)


def check_weights(parameters: Any, lr: float, device: Device) -> None:
    """Compare the chips' weights after the first step: equal gradients do not make them equal.

    Args:
        parameters: Names to tensors.
        lr: That step's rate. AdamW's first step is the rate with the gradient's sign, which may
            differ where a gradient is next to nothing.
        device: Where they lie.

    Raises:
        NotSupported: They differ: the chips did not begin with the same network.
    """
    if device.chips == 1:
        return
    for name, tensor in sorted(parameters.items()):
        size, apart = _compare(tensor.get_value(), device)
        if apart > _TOLERANCE * size + 2.5 * lr:
            raise _differ("The chips do not train the same network.", name, apart)


def _compare(value: Any, device: Device) -> tuple[float, float]:
    """Give the size of the first chip's copy, and how far any other is from it."""
    wrapped = ttml.autograd.Tensor(value, False)
    copies = np.split(result_to_host(wrapped, device), device.chips)
    apart = max(float(np.abs(copy - copies[0]).max()) for copy in copies)
    return float(np.abs(copies[0]).max()), apart


def _differ(what: str, name: str, apart: float) -> NotSupported:
    return NotSupported(
        what,
        f"After the first step {name} differs between them by {apart:.2g}.",
        "Set train.devices to 1.",
    )

"""Whether the chips' copies of a network agree: synchronising may do nothing, and say nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import ttml

from ...errors import NotSupported
from .device import Device
from .tensors import result_to_host

_TOLERANCE = 1e-2
"""Of the gradient's size; without synchronising, copies differ by about all of it."""


def check_replicas(parameters: Any, device: Device) -> None:
    """Compare the chips' gradients of the first step, after they were averaged.

    Raises:
        NotSupported: They differ: each chip would train a network of its own.
    """
    if device.chips == 1:
        return
    for name, tensor in sorted(parameters.items()):
        if not tensor.is_grad_initialized():
            continue
        wrapped = ttml.autograd.Tensor(tensor.get_grad(), False)
        copies = np.split(result_to_host(wrapped, device), device.chips)
        size = float(np.abs(copies[0]).max())
        apart = max(float(np.abs(copy - copies[0]).max()) for copy in copies)
        if apart > _TOLERANCE * size:
            raise NotSupported(
                "The chips do not exchange gradients.",
                f"After the first step {name} differs between them by {apart:.2g}.",
                "Set train.devices to 1.",
            )

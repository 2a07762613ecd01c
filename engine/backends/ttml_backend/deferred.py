"""A number that still lies on the device: reading it waits for all that was asked before."""

from __future__ import annotations

import math
from typing import Any

from .device import Device
from .tensors import result_to_host


class DeferredMean:
    """The mean of some tensors, read once, when somebody wants it."""

    def __init__(self, tensors: list[Any], device: Device) -> None:
        self._tensors, self._device = tensors, device
        self._value = math.nan

    def __float__(self) -> float:
        """Read it; of several chips the mean, as of several tensors."""
        if self._tensors:
            found = [float(result_to_host(t, self._device).mean()) for t in self._tensors]
            self._value = sum(found) / len(found)
            self.forget()
        return self._value

    def forget(self) -> None:
        """Let go of the tensors; the number is NaN if nobody read it."""
        self._tensors = []

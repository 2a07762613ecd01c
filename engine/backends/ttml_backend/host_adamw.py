"""AdamW in float32 on the host, for the few vectors that bfloat16 would freeze.

For versions without stochastic rounding. Norms and biases are a thousandth of the weights; the
matrices stay on the device.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import ttml

from ...config import TrainConfig
from .. import Floats
from .device import Device
from .moments import AdamWState, Arrays
from .tensors import Tensor, first_chip, weight_to_device


class HostAdamW:
    """AdamW without decay (Loshchilov & Hutter, 2019), over parameters that lie on the device."""

    def __init__(
        self,
        parameters: Mapping[str, Tensor],
        masters: Mapping[str, Floats],
        config: TrainConfig,
        device: Device,
    ) -> None:
        self.lr = 0.0
        self.masters: Arrays = {name: np.array(masters[name], np.float32) for name in parameters}
        self._parameters, self._config, self._device = parameters, config, device
        self._steps = 0
        self._first = {name: np.zeros_like(master) for name, master in self.masters.items()}
        self._second = {name: np.zeros_like(master) for name, master in self.masters.items()}

    def step(self) -> None:
        """Move the masters by their gradients, and copy them to the device."""
        self._steps += 1
        for name, parameter in self._parameters.items():
            gradient = ttml.autograd.Tensor(parameter.get_grad(), False)
            self._move(name, first_chip(gradient, self._device))
            parameter.assign(weight_to_device(self.masters[name]))

    def state(self) -> AdamWState:
        """Give the moments."""
        return AdamWState(self._steps, dict(self._first), dict(self._second))

    def load_state(self, kept: AdamWState) -> None:
        """Replace the moments, and the masters that are given."""
        self._steps = kept.steps
        for name in self._parameters:
            self._first[name] = np.array(kept.first.get(name, self._first[name]))
            self._second[name] = np.array(kept.second.get(name, self._second[name]))
            self.masters[name] = np.array(kept.masters.get(name, self.masters[name]))

    def _move(self, name: str, g: Floats) -> None:
        config = self._config
        m, v = self._first[name], self._second[name]
        m += np.float32(1 - config.beta1) * (g - m)
        v += np.float32(1 - config.beta2) * (g * g - v)
        rise = m / np.float32(1 - config.beta1**self._steps)
        size = np.sqrt(v / np.float32(1 - config.beta2**self._steps)) + np.float32(config.adam_eps)
        self.masters[name] = self.masters[name] - np.float32(self.lr) * rise / size

"""AdamW in the way that loses no updates, of those that this ttml has.

Plain bfloat16 AdamW rounds small updates away: norm gains start at 1, where neighbouring numbers
lie 1/128 apart, and never move. Three ways out of that, by what there is:

stochastic   `AdamW` with stochastic rounding. The default.
full         `AdamWFullPrecision`: float32 masters and moments. For train.precision float32, and on
             several chips, whose copies would drift apart: each would round by draws of its own.
host         `AdamW` for the matrices, and float32 on the host for vectors. For old versions, for
             several chips without masters, and where an optimizer takes all parameters or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import ttml

from ...config import TrainConfig
from ...errors import NotSupported
from .. import Floats
from .device import Device
from .host_adamw import HostAdamW
from .layout import Slot
from .moments import AdamWState, Arrays, read_masters, read_state, write_state
from .tensors import Tensor, named, weight_to_device

STOCHASTIC, FULL, HOST = "stochastic", "full", "host"

PRECISIONS = {
    STOCHASTIC: "bfloat16, stochastic rounding",
    FULL: "bfloat16, float32 weights kept",
    HOST: "bfloat16, norms and biases kept in float32 on the host",
}
"""What each way is called for a person."""


def choose(config: TrainConfig, device: Device, before: str = "") -> str:
    """Choose the way, by trying what this ttml takes.

    Args:
        config: AdamW's settings.
        device: Where the network lies.
        before: What of `PRECISIONS` the run began with: kept where that is possible here.

    Raises:
        NotSupported: It has no float32 masters, and they were asked for.
    """
    has_full = hasattr(ttml.optimizers, "AdamWFullPrecision")
    if config.precision == "float32" and not has_full:
        raise NotSupported(
            "train.precision is float32, and this ttml keeps no float32 weights.",
            "It has no AdamWFullPrecision.",
            "Set train.precision to auto.",
        )
    has_stochastic = device.chips == 1 and _make_config(config, 0.0, True) is not None
    there = {FULL: has_full, STOCHASTIC: has_stochastic, HOST: True}
    for kind, words in PRECISIONS.items():
        if words == before and there[kind]:
            return kind
    if has_full and (config.precision == "float32" or device.chips > 1):
        return FULL
    return STOCHASTIC if has_stochastic else HOST


def _make_config(config: TrainConfig, weight_decay: float, stochastic_rounding: bool) -> Any:
    """Make an AdamWConfig, or give None where `make` takes no stochastic rounding."""
    common = (0.0, config.beta1, config.beta2, config.adam_eps, weight_decay)
    if not stochastic_rounding:
        return ttml.optimizers.AdamWConfig.make(*common)
    try:
        return ttml.optimizers.AdamWConfig.make(*common, False, True)
    except TypeError:
        return None


class Optimizers:
    """Two optimizers over disjoint parameters: matrices decay, norms and biases do not.

    Args:
        model: The network, its weights loaded: masters are copied now.
        slots: Its parameters.
        masters: The weights as float32, by ttml names.
        config: AdamW's settings.
        device: Where the network lies.
        before: The precision that the run began with, or empty.
    """

    def __init__(
        self,
        model: Any,
        slots: Sequence[Slot],
        masters: Mapping[str, Floats],
        config: TrainConfig,
        device: Device,
        before: str,
    ) -> None:
        self.kind = choose(config, device, before)
        self.restores = True
        """Whether this ttml takes an optimizer's state back. Found out by trying."""
        self._config, self._device = config, device
        self.all = model.parameters()
        tensors = dict(self.all.items())
        decayed = {slot.name: tensors[slot.name] for slot in slots if slot.decays}
        others = {s.name: tensors[s.name] for s in slots if s.parts and not s.decays}
        self.trained = {**decayed, **others}
        # ttml's NanoGPT always has biases; where the network has none they must stay zero.
        self._zeros = {n: tensor for n, tensor in tensors.items() if n not in self.trained}
        self._moves_all = False
        self._on_device = self._make_each(decayed, others)
        self._host: HostAdamW | None = None
        if self.kind == HOST or self._moves_all:
            self._host = HostAdamW(others, masters, config, device)
        # Gradients of what none of these moves add up too; only an optimizer can clear them.
        moved = decayed if self.kind == HOST else self.trained
        rest = {n: tensor for n, tensor in tensors.items() if n not in moved}
        self._clears = [self._make(named(rest), 0.0)] if rest and not self._moves_all else []
        # Masters were copied from bfloat16 just now; and whether a state can be restored is better
        # known now than when a run is to go on.
        self.load_state(AdamWState(0, {}, {}, dict(masters)))

    def _make_each(self, decayed: Mapping[str, Tensor], others: Mapping[str, Tensor]) -> list[Any]:
        """Make what moves the parameters on the device; where only one can, the host helps."""
        decay = self._config.weight_decay
        try:
            matrices = self._make(named(decayed), decay)
        except TypeError:
            # It takes nothing but what a model gave. Two of these would move all of it twice; one
            # moves it once, and the host overrules what must not decay.
            self._moves_all = True
            if self.kind == STOCHASTIC:
                self.kind = HOST
            return [self._make(self.all, decay)]
        return [matrices] if self.kind == HOST else [matrices, self._make(named(others), 0.0)]

    def _make(self, parameters: Any, weight_decay: float) -> Any:
        optimizers, config = ttml.optimizers, self._config
        if self.kind == FULL:
            betas = (config.beta1, config.beta2)
            made = optimizers.AdamWFullPrecisionConfig.make(
                0.0, *betas, config.adam_eps, weight_decay
            )
            return optimizers.AdamWFullPrecision(parameters, made)
        made = _make_config(config, weight_decay, self.kind == STOCHASTIC)
        return optimizers.AdamW(parameters, made)

    def set_lr(self, lr: float) -> None:
        """Set the learning rate of the next step."""
        for optimizer in self._on_device:
            optimizer.set_lr(lr)
        if self._host is not None:
            self._host.lr = lr

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters, also of those that the host moves, or none."""
        for optimizer in (*self._on_device, *self._clears):
            optimizer.zero_grad()

    def step(self) -> None:
        """Move the parameters."""
        for optimizer in self._on_device:
            optimizer.step()
        if self._host is not None:
            self._host.step()
        if self._moves_all:
            for tensor in self._zeros.values():
                tensor.assign(weight_to_device(np.zeros(tensor.shape(), np.float32)))

    def masters(self) -> Arrays:
        """Read the float32 weights there are, by ttml names; the others are bfloat16 only."""
        found: Arrays = {}
        for optimizer in self._on_device if self.kind == FULL else ():
            found |= read_masters(optimizer, self._device)
        return found | (self._host.masters if self._host is not None else {})

    def state(self) -> AdamWState:
        """Read the moments of all parameters."""
        return AdamWState.joined([*self._read(), *([self._host.state()] if self._host else [])])

    def load_state(self, kept: AdamWState) -> None:
        """Replace the moments, and the masters that it has; see `restores`."""
        if self._host is not None:
            self._host.load_state(kept)
        for optimizer in self._on_device:
            self.restores = self.restores and write_state(optimizer, kept)

    def _read(self) -> list[AdamWState]:
        is_full = self.kind == FULL
        return [read_state(optimizer, self._device, is_full) for optimizer in self._on_device]

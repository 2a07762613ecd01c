"""AdamW's state in and out of ttml's optimizers, whose keys differ between versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import Floats
from .device import Device
from .tensors import first_chip, full_precision_to_device, weight_to_device, weight_to_host

Arrays = dict[str, Floats]
"""By ttml names."""

_FIRST, _SECOND = ("exp_avg", "first_moment"), ("exp_avg_sq", "second_moment")
_MASTERS = ("master_weights",)


@dataclass(frozen=True)
class AdamWState:
    """What AdamW keeps between steps."""

    steps: int
    first: Arrays
    second: Arrays
    masters: Arrays = field(default_factory=dict)

    @staticmethod
    def joined(parts: Sequence[AdamWState]) -> AdamWState:
        """Put together what several optimizers keep of disjoint parameters; the last one wins."""
        whole = AdamWState(parts[0].steps, {}, {}, {})
        for part in parts:
            whole.first.update(part.first)
            whole.second.update(part.second)
            whole.masters.update(part.masters)
        return whole


def read_state(optimizer: Any, device: Device, is_full: bool) -> AdamWState:
    """Read what an optimizer keeps.

    Args:
        optimizer: A ttml optimizer.
        device: Where it lies.
        is_full: Whether its state is float32. The bfloat16 view would round that; the float32 view
            of a bfloat16 state would be stale.
    """
    state, read = optimizer.get_state_dict(), first_chip if is_full else weight_to_host

    def arrays(keys: Sequence[str]) -> Arrays:
        entry: Mapping[str, Any] = next((state[key] for key in keys if key in state), {})
        return {name: read(tensor, device) for name, tensor in entry.items()}

    return AdamWState(int(state["steps"]), arrays(_FIRST), arrays(_SECOND), arrays(_MASTERS))


def read_masters(optimizer: Any, device: Device) -> Arrays:
    """Read the float32 weights of an AdamWFullPrecision."""
    masters = optimizer.get_state_dict()[_MASTERS[0]]
    return {name: first_chip(tensor, device) for name, tensor in masters.items()}


def write_state(optimizer: Any, kept: AdamWState) -> bool:
    """Replace what an optimizer keeps; what `kept` has nothing of stays.

    Older bindings take the number of steps for another type and refuse it all; some may give maps
    that cannot be made here.

    Returns:
        Whether it took it.
    """
    try:
        optimizer.set_state_dict(_replaced(dict(optimizer.get_state_dict()), kept))
    except (RuntimeError, TypeError):
        return False
    return True


def _replaced(state: dict[str, Any], kept: AdamWState) -> dict[str, Any]:
    """Put new tensors into the same kinds of maps, under the same names."""
    given: dict[tuple[str, ...], Arrays] = {
        _FIRST: kept.first,
        _SECOND: kept.second,
        _MASTERS: kept.masters,
    }
    to_device = full_precision_to_device if _MASTERS[0] in state else weight_to_device
    for keys, arrays in given.items():
        for key in (key for key in keys if key in state and arrays):
            entry = state[key]
            new = {name: to_device(arrays[name]) for name in list(entry) if name in arrays}
            state[key] = type(entry)({**dict(entry.items()), **new})
    return {**state, "steps": kept.steps}

"""A stand-in for `ttml` and the few names of `ttnn` that the backend uses, as strict as they are.

It computes with NumPy and emulates what ttml-api.md tells of the real one: what the bindings
refuse, what they read wrongly, what rounds to bfloat16, which views go stale, what differs between
versions. It shows that the backend avoids each trap; it does not show that a card computes.
"""

from __future__ import annotations

import enum
import sys
from types import ModuleType
from typing import Any

from . import context, device_tensor, models, modules, ops, optimizers, several_chips, tensor
from .generation import GENERATIONS, Generation
from .machine import Machine

__all__ = ["GENERATIONS", "Generation", "Machine", "install", "modules_of", "uninstall"]


_BACKEND = "ttgpt.engine.backends.ttml_backend"


class ReduceType(enum.Enum):
    NONE = 0
    MEAN = 1
    SUM = 2


def install(generation: Generation, dram_bytes: int = 1 << 28) -> Machine:
    """Put the double's modules where `import ttml` and `import ttnn` find them."""
    uninstall()
    machine = Machine(generation, dram_bytes)
    sys.modules.update(modules_of(machine))
    return machine


def uninstall() -> None:
    """Take away the double, and what of the backend has imported it."""
    for name in list(sys.modules):
        is_part = name.startswith(f"{_BACKEND}.")
        if is_part or name.partition(".")[0] in ("ttml", "ttnn"):
            del sys.modules[name]
        if is_part:  # `from . import device` looks here first
            leaf, members = name.rpartition(".")[2], vars(sys.modules[_BACKEND])
            if isinstance(members.get(leaf), ModuleType):
                del members[leaf]


def modules_of(machine: Machine) -> dict[str, ModuleType]:
    """Make the modules that one ttml consists of."""
    generation, bound = machine.generation, tensor.bound_tensor(machine)
    machine.tensor = bound  # type: ignore[attr-defined]
    precision = tensor.NativePrecision if generation.native_precision else tensor.PreferredPrecision
    made: dict[str, ModuleType] = {}

    def module(name: str, members: dict[str, Any]) -> None:
        made[name] = ModuleType(name)
        made[name].__dict__.update(members)
        parent, _, leaf = name.rpartition(".")
        if parent:
            setattr(made[parent], leaf, made[name])

    module("ttnn", device_tensor.module_members(machine))
    module("ttml", several_chips.mesh_members(machine) if generation.mesh else {})
    if generation.takes_dict:
        made["ttml"].NamedParameters = modules.NamedParameters  # type: ignore[attr-defined]
    autograd = {
        "AutoContext": context.context_class(machine),
        "GradMode": tensor.GradMode,
        "PreferredPrecision": precision,
        "Tensor": bound,
    }
    if generation.create_tensor:
        autograd["create_tensor"] = lambda value, requires_grad=True, /: bound(value, requires_grad)
    if generation.parallelism_context:
        autograd["DistributedConfig"] = several_chips.DistributedConfig
    module("ttml.autograd", autograd)
    module("ttml.core", {"distributed": several_chips.distributed_members(machine)})
    if generation.clip_grad_norm:
        made["ttml.core"].clip_grad_norm = several_chips.clip_grad_norm(machine)  # type: ignore[attr-defined]
    module("ttml.modules", {"AbstractModuleBase": modules.AbstractModuleBase})
    made["ttml.modules"].RunMode = modules.RunMode  # type: ignore[attr-defined]
    module("ttml.models", vars(models.shared_members()))
    module("ttml.models.nanogpt", models.nanogpt_members(machine))
    module("ttml.models.gpt2", models.gpt2_members(machine))
    module("ttml.models.llama", models.llama_members(machine))
    module("ttml.ops", {"ReduceType": ReduceType})
    module("ttml.ops.loss", {"cross_entropy_loss": _cross_entropy_loss})
    module("ttml.ops.binary", {"add": _add, "mul": _mul})
    module("ttml.optimizers", optimizers.optimizer_members(machine))
    return made


def _cross_entropy_loss(
    prediction: tensor.Tensor, target: tensor.Tensor, reduce: ReduceType = ReduceType.MEAN
) -> tensor.Tensor:
    return ops.cross_entropy(prediction, target)  # older code ignores `reduce`


def _add(a: tensor.Tensor, b: tensor.Tensor, /) -> tensor.Tensor:
    return ops.add(a, b)


def _mul(a: tensor.Tensor, b: float, /) -> tensor.Tensor:
    if not isinstance(b, float):
        raise TypeError("mul(): incompatible function arguments")
    return ops.scale(a, b)

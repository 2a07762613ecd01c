"""Several chips: mappers, composers, synchronising, meshes (sections 3, 9 and 15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from .machine import Machine
from .modules import NamedParameters
from .tensor import Tensor


@dataclass(frozen=True)
class Mapper:
    chips: int
    dim: int

    def split(self, array: np.ndarray) -> list[np.ndarray]:
        if array.shape[self.dim] % self.chips:
            raise RuntimeError(f"TT_FATAL: {array.shape} does not divide by {self.chips} chips")
        return [part.copy() for part in np.split(array, self.chips, self.dim)]


@dataclass(frozen=True)
class Composer:
    dim: int


@dataclass
class DistributedConfig:
    enable_ddp: bool = False
    enable_tp: bool = False


class Mesh:
    def __init__(self, shape: tuple[int, int], axis_names: tuple[str, str], /) -> None:
        self.shape, self.axis_names = shape, axis_names


def clip_grad_norm(machine: Machine) -> Any:
    def clip_grad_norm(
        parameters: Mapping[str, Tensor],
        max_norm: float,
        p_norm_type: float = 2.0,
        error_if_nonfinite: bool = False,
    ) -> Tensor:
        if not (isinstance(parameters, NamedParameters) or machine.generation.takes_dict):
            raise TypeError("clip_grad_norm(): incompatible function arguments")
        found = [t for t in parameters.values() if t.is_grad_initialized()]
        chips = range(machine.chips)
        squares = [
            sum(float(np.square(t.get_grad().chips[c], dtype=np.float64).sum()) for t in found)
            for c in chips
        ]
        norms = [np.float32(np.sqrt(square)) for square in squares]
        for tensor in found:
            gradient = tensor.get_grad()
            scaled = [
                g * min(np.float32(1), np.float32(max_norm) / (norms[c] + np.float32(1e-6)))
                for c, g in enumerate(gradient.chips)
            ]
            tensor.set_grad(type(gradient)(machine, scaled, gradient.dtype, gradient.layout))
        shape = (1, 1, 1, 1)
        value = type(found[0].get_value())(
            machine, [n.reshape(shape) for n in norms], found[0].dtype(), gradient.layout
        )
        return type(found[0])(value, False)

    return clip_grad_norm


def distributed_members(machine: Machine) -> SimpleNamespace:
    def enable_fabric(num_devices: int, /) -> None:
        machine.fabric_chips = num_devices

    def shard_tensor_to_mesh_mapper(device: Any, dim: int, cluster_axis: Any = None, /) -> Mapper:
        return Mapper(machine.chips, dim)

    def concat_mesh_to_tensor_composer(mesh_device: Any, dim: int, /) -> Composer:
        return Composer(dim)

    def synchronize_gradients(parameters: Mapping[str, Tensor], /) -> None:
        silent = machine.generation.parallelism_context and not machine.synchronises
        if not silent:  # without the context it does nothing, and says nothing (section 15)
            average(machine, parameters)

    return SimpleNamespace(
        enable_fabric=enable_fabric,
        shard_tensor_to_mesh_mapper=shard_tensor_to_mesh_mapper,
        concat_mesh_to_tensor_composer=concat_mesh_to_tensor_composer,
        synchronize_gradients=synchronize_gradients,
    )


def average(machine: Machine, parameters: Mapping[str, Tensor]) -> None:
    for tensor in parameters.values():
        if tensor.is_grad_initialized():
            gradient = tensor.get_grad()
            mean = np.mean(gradient.chips, axis=0, dtype=np.float32)
            copies = [mean.copy() for _ in gradient.chips]
            tensor.set_grad(type(gradient)(machine, copies, gradient.dtype, gradient.layout))


def mesh_members(machine: Machine) -> dict[str, Any]:
    def open_device_mesh(mesh: Any, device_ids: Sequence[int] | None = None, /) -> None:
        mesh = mesh if isinstance(mesh, Mesh) else Mesh(tuple(mesh), ("rows", "dp"))
        chips = int(np.prod(mesh.shape))
        machine.fabric_chips = chips
        machine.open(chips)
        machine.axes = mesh.axis_names

    def sync_gradients(
        parameters: Mapping[str, Tensor], axis_names: tuple[str, ...] = ("dp",), /
    ) -> None:
        if machine.axes and set(axis_names) & set(machine.axes):
            average(machine, parameters)

    def maybe_mesh() -> Any:
        return Mesh((1, machine.chips), machine.axes) if machine.axes else None  # type: ignore[arg-type]

    def mesh() -> Any:
        if not machine.axes:
            raise RuntimeError("no mesh is open")
        return maybe_mesh()

    def close_device_mesh() -> None:
        machine.close()

    members = {
        "Mesh": Mesh,
        "open_device_mesh": open_device_mesh,
        "sync_gradients": sync_gradients,
        "maybe_mesh": maybe_mesh,
        "mesh": mesh,
    }
    if machine.generation.close_device_mesh:
        members["close_device_mesh"] = close_device_mesh
    return members

"""`ttml.autograd`: tensors with views and gradients, and the tape (sections 2 and 4)."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import bf16
from .device_tensor import HOST_TYPES, DataType, Layout, tiled_bytes
from .device_tensor import Tensor as DeviceTensor
from .machine import Machine

Arrays = list[np.ndarray]
Backward = Callable[[np.ndarray], Sequence["np.ndarray | None"]]


class GradMode(enum.Enum):
    ENABLED = 0
    DISABLED = 1


class PreferredPrecision(enum.Enum):
    HALF = 0
    FULL = 1


class NativePrecision(enum.Enum):
    HALF = 0
    FULL = 1
    NATIVE = 2


class Node:
    """One operation on the tape: where its gradients go, a backward function for each chip."""

    def __init__(self, inputs: Sequence[Tensor], backwards: list[Backward]) -> None:
        self.inputs, self.backwards = inputs, backwards


class Tensor:
    def __init__(self, tensor: DeviceTensor, requires_grad: bool, /) -> None:
        if not isinstance(tensor, DeviceTensor):
            raise TypeError("__init__(): incompatible function arguments")
        self._stored = tensor
        self._views: dict[str, DeviceTensor] = {}
        self._requires_grad = requires_grad
        self._gradient: Arrays | None = None
        self._node: Node | None = None
        tensor.machine.on_device.add(self)

    @property
    def machine(self) -> Machine:
        return self._stored.machine

    @property
    def chips(self) -> Arrays:
        return self._stored.chips

    @staticmethod
    def from_numpy(
        numpy_tensor: np.ndarray,
        layout: Layout = Layout.TILE,
        new_type: DataType | None = None,
        mapper: Any = None,
    ) -> Tensor:
        raise NotImplementedError  # `bound_tensor` binds it to a machine

    def to_numpy(self, new_type: DataType | None = None, composer: Any = None, /) -> np.ndarray:
        return self._read(new_type, composer, "FULL")

    def _read(self, new_type: DataType | None, composer: Any, precision: str) -> np.ndarray:
        view = self._view(precision)
        if composer is not None:
            array = np.concatenate(view.chips, composer.dim)
        elif len(view.chips) > 1:
            raise RuntimeError("TT_FATAL: a composer is needed to read from several chips")
        else:
            array = view.chips[0]
        wanted = new_type or self._stored.dtype
        if wanted is DataType.BFLOAT16:
            # ml_dtypes.bfloat16, which plain numpy sees as two opaque bytes.
            return (np.ascontiguousarray(array).view(np.uint32) >> 16).astype(np.uint16).view("V2")
        return np.array(array, HOST_TYPES[wanted])

    def get_value(self, precision: Any = PreferredPrecision.HALF, /) -> DeviceTensor:
        return self._view(precision.name)

    def _view(self, precision: str) -> DeviceTensor:
        stored, generation = self._stored, self.machine.generation
        is_half = stored.dtype is DataType.BFLOAT16
        whole_numbers = stored.dtype in (DataType.UINT32, DataType.INT32)
        same = {"HALF": is_half, "FULL": not is_half, "NATIVE": True}[precision]
        if whole_numbers or same or (is_half and not generation.stale_views):
            return stored  # without the lazy views FULL is what is stored (4.4)
        if precision not in self._views:
            dtype = DataType.FLOAT32 if precision == "FULL" else DataType.BFLOAT16
            copies = [array.copy() for array in stored.chips]
            self._views[precision] = DeviceTensor(self.machine, copies, dtype, stored.layout)
        return self._views[precision]

    def set_value(self, value: DeviceTensor, /) -> None:
        self._stored, self._views = value, {}

    def assign(self, other: Tensor, /) -> None:
        if other.shape() != self.shape():
            raise RuntimeError(f"assign: shapes differ, {self.shape()} and {other.shape()}")
        keeps = self.machine.generation.name == "newest"
        dtype = self._stored.dtype if keeps else other._stored.dtype
        copies = [array.copy() for array in other.chips]
        self.set_value(DeviceTensor(self.machine, copies, dtype, self._stored.layout))

    def write_in_place(self, arrays: Arrays) -> None:
        """What a fused kernel does: new numbers in the same storage, behind the views' back."""
        for stored, array in zip(self._stored.chips, arrays, strict=True):
            stored[...] = array

    def shape(self) -> list[int]:
        return list(self.chips[0].shape)

    def dtype(self) -> DataType:
        return self._stored.dtype

    def set_requires_grad(self, requires_grad: bool, /) -> None:
        self._requires_grad = requires_grad

    def get_requires_grad(self) -> bool:
        return self._requires_grad

    def is_grad_initialized(self) -> bool:
        return self._gradient is not None

    def get_grad(self) -> DeviceTensor:
        if self._gradient is None:
            raise RuntimeError("Gradient is not initialized")
        return DeviceTensor(self.machine, self._gradient, DataType.BFLOAT16, Layout.TILE)

    def set_grad(self, grad: DeviceTensor, /) -> None:
        if grad.chips[0].shape != self.chips[0].shape:
            raise RuntimeError("Shapes of gradients are not equal")
        self._gradient = [array.copy() for array in grad.chips]

    def add_gradient(self, arrays: Sequence[np.ndarray]) -> None:
        if self._gradient is None:
            self._gradient = [bf16.nearest(array) for array in arrays]
            return
        both = zip(self._gradient, arrays, strict=True)
        self._gradient = [bf16.nearest(old + new) for old, new in both]

    def clear_gradient(self) -> None:
        self._gradient = None

    def backward(self, retain_graph: bool, /) -> None:
        if self._node is None:
            raise RuntimeError("backward() on a tensor that no graph leads to")
        self.add_gradient([np.ones_like(array) for array in self.chips])
        # The graph lists tensors in the order in which they were made; whatever comes after
        # this one got no gradient and is passed over.
        for tensor in reversed(self.machine.graph):
            node, gradient = tensor._node, tensor._gradient
            if node is None or gradient is None:
                continue
            for_each_chip = [b(g) for b, g in zip(node.backwards, gradient, strict=True)]
            for which, source in enumerate(node.inputs):
                parts = [gradients[which] for gradients in for_each_chip]
                if parts[0] is not None and (source._requires_grad or source._node):
                    source.add_gradient(parts)
            tensor.clear_gradient()
            if not retain_graph:
                tensor._node = None


def apply(operation: Callable[..., tuple[np.ndarray, Backward]], *inputs: Tensor) -> Tensor:
    """Run an operation on each chip, round its result to bfloat16, and record it."""
    machine = inputs[0].machine
    if not machine.chips:
        raise RuntimeError("TT_FATAL: the device is closed")
    each = [operation(*arrays) for arrays in zip(*(t.chips for t in inputs), strict=True)]
    value = DeviceTensor(machine, [out for out, _ in each], DataType.BFLOAT16, Layout.TILE)
    result = type(inputs[0])(value, True)
    machine.hold(tiled_bytes(value.chips[0].shape))
    if machine.records:
        result._node = Node(inputs, [back for _, back in each])
        machine.graph.append(result)
    return result


def bound_tensor(machine: Machine) -> type[Tensor]:
    """Give the class as this machine's ttml has it."""
    generation = machine.generation

    def from_numpy(
        numpy_tensor: np.ndarray,
        layout: Layout = Layout.TILE,
        new_type: DataType | None = None,
        mapper: Any = None,
    ) -> Tensor:
        machine.need()
        array, native = _as_the_bindings_see(numpy_tensor)
        copies = mapper.split(array) if mapper else [array.copy() for _ in range(machine.chips)]
        value = DeviceTensor(machine, copies, new_type or native, layout)
        return bound(value, True)

    members: dict[str, Any] = {"from_numpy": staticmethod(from_numpy)}
    if generation.native_precision:

        def to_numpy(
            self: Tensor,
            new_type: DataType | None = None,
            composer: Any = None,
            precision: Any = NativePrecision.FULL,
            /,
        ) -> np.ndarray:
            return self._read(new_type, composer, precision.name)

        members["to_numpy"] = to_numpy
    bound = type("Tensor", (Tensor,), members)
    return bound


def _as_the_bindings_see(given: np.ndarray) -> tuple[np.ndarray, DataType]:
    """Refuse and misread as `from_numpy` does: it reads raw memory, and few types."""
    if not isinstance(given, np.ndarray):
        raise TypeError("from_numpy(): incompatible function arguments")
    native = {
        np.dtype(np.float32): DataType.FLOAT32,
        np.dtype(np.uint32): DataType.UINT32,
        np.dtype(np.int32): DataType.INT32,
    }.get(given.dtype)
    if native is None:
        raise TypeError(f"from_numpy(): unsupported dtype {given.dtype}")
    if 0 in given.shape:
        raise RuntimeError(f"TT_FATAL: a dimension of {given.shape} is zero")
    if given.flags.c_contiguous:
        return given, native
    memory = given if given.base is None else np.asarray(given.base)
    return np.resize(memory.ravel(order="K"), given.shape).astype(given.dtype), native

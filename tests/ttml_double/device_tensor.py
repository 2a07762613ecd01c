"""`ttnn.Tensor` and the enumerations beside it."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np

from . import bf16
from .machine import Machine


class DataType(enum.Enum):
    BFLOAT16 = 0
    FLOAT32 = 1
    UINT32 = 2
    INT32 = 7


class Layout(enum.Enum):
    ROW_MAJOR = 0
    TILE = 1


HOST_TYPES = {
    DataType.BFLOAT16: np.float32,
    DataType.FLOAT32: np.float32,
    DataType.UINT32: np.uint32,
    DataType.INT32: np.int32,
}


class Tensor:
    """One array a chip, kept as float32 also where it is bfloat16."""

    def __init__(
        self, machine: Machine, chips: list[np.ndarray], dtype: DataType, layout: Layout
    ) -> None:
        self.machine, self.dtype, self.layout = machine, dtype, layout
        self.chips = [cast(array, dtype) for array in chips]
        machine.on_device.add(self)

    def item(self) -> float:
        if len(self.chips) > 1 or self.chips[0].size != 1:
            raise RuntimeError("item() needs a tensor of one element")
        return float(self.chips[0].reshape(()))

    def __bool__(self) -> bool:
        raise TypeError("ttnn.Tensor has no truth value")


def cast(array: np.ndarray, dtype: DataType) -> np.ndarray:
    if dtype is DataType.BFLOAT16:
        return bf16.nearest(array)
    return np.ascontiguousarray(array, HOST_TYPES[dtype])


def tiled_bytes(shape: tuple[int, ...]) -> int:
    """Give what an array takes on the card: the last two dimensions in whole tiles of 32."""
    padded = [*shape[:-2], *(-(-n // 32) * 32 for n in shape[-2:])]
    return 2 * int(np.prod(padded, dtype=np.int64))


def module_members(machine: Machine) -> dict[str, Any]:
    return {"DataType": DataType, "Layout": Layout, "Tensor": Tensor}

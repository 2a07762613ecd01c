"""Arrays to the device and back, the way `from_numpy` and `to_numpy` want it.

B sequences, S block_size. `from_numpy` takes few types, reads raw memory whatever the strides, and
keeps float32 unless told otherwise; `to_numpy` may give a copy from before the last step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import ttml
import ttnn

from ...errors import DataError
from .. import Floats, Tokens
from .device import Device

Tensor = Any
"""A `ttml.autograd.Tensor`; it has no type hints of its own."""


def inputs_to_device(tokens: Tokens, vocab_size: int, mapper: Any = None) -> Tensor:
    """Copy ids [B,S] to the device as UINT32 ROW_MAJOR [B,1,1,S].

    Args:
        tokens: The ids.
        vocab_size: Nothing on the device checks an id, so it is done here.
        mapper: Splits the batch between chips; None gives each chip all of it.

    Raises:
        DataError: An id is outside the vocabulary.
    """
    return _ids(tokens[:, None, None, :], vocab_size, mapper)


def targets_to_device(tokens: Tokens, vocab_size: int, mapper: Any = None) -> Tensor:
    """Copy target ids to the device as UINT32 ROW_MAJOR [B,S]; see `inputs_to_device`."""
    return _ids(tokens, vocab_size, mapper)


def weight_to_device(array: Floats) -> Tensor:
    """Copy an array [1,1,rows,columns] to every chip as BFLOAT16 TILE."""
    return _tiles(array, ttnn.DataType.BFLOAT16)


def full_precision_to_device(array: Floats) -> Tensor:
    """Copy an array [1,1,rows,columns] to every chip as FLOAT32 TILE."""
    return _tiles(array, ttnn.DataType.FLOAT32)


def causal_mask(block_size: int) -> Tensor:
    """Make the attention mask [1,1,S,S]: 1 where a position may look, 0 where it may not."""
    return _constant(np.tril(np.ones((1, 1, block_size, block_size), np.float32)))


def padding_mask(rows: int, block_size: int, width: int, vocab_size: int) -> Tensor:
    """Make what is added to logits [B,1,S,V]: 0, and -1e4 in the columns that are no token.

    It has the logits' full shape: the addition has nothing to spread, forward or backward.
    """
    columns = np.where(np.arange(width) < vocab_size, 0.0, -1e4).astype(np.float32)
    return _constant(np.broadcast_to(columns, (rows, 1, block_size, width)))


def result_to_host(tensor: Tensor, device: Device) -> Floats:
    """Read what an operation just made, as float32; of several chips one after another on dim 0.

    Not for parameters: see `weight_to_host`.
    """
    return np.asarray(tensor.to_numpy(ttnn.DataType.FLOAT32, device.composer), np.float32)


def weight_to_host(tensor: Tensor, device: Device) -> Floats:
    """Read a bfloat16 parameter or moment as it is now, as float32.

    From about April 2026 `to_numpy` caches a float32 copy that the fused AdamW does not renew, so
    a checkpoint could hold the weights of the one before it. A fresh wrapper has no cache.
    """
    return first_chip(ttml.autograd.Tensor(tensor.get_value(), False), device)


def first_chip(tensor: Tensor, device: Device) -> Floats:
    """Read the first chip's copy of a replicated tensor."""
    copies = result_to_host(tensor, device)
    return copies[: len(copies) // device.chips]


def named(parameters: Mapping[str, Tensor]) -> Any:
    """Make the bound map of names to tensors that ttml's functions take."""
    make = getattr(ttml, "NamedParameters", dict)
    return make(dict(parameters))


def _ids(tokens: Tokens, vocab_size: int, mapper: Any) -> Tensor:
    if tokens.size and not 0 <= int(tokens.min()) <= int(tokens.max()) < vocab_size:
        raise DataError(
            f"Token {int(tokens.max())} is outside the vocabulary of {vocab_size}.",
            "The text was prepared with another vocabulary.",
            "Prepare the data set again.",
        )
    array = np.ascontiguousarray(tokens, np.uint32)
    # `new_type` None keeps uint32.
    return ttml.autograd.Tensor.from_numpy(
        array, ttnn.Layout.ROW_MAJOR, ttnn.DataType.UINT32, mapper
    )


def _constant(array: Floats) -> Tensor:
    """Copy what has no gradient: it would add up for ever, as no optimizer clears it."""
    tensor = weight_to_device(array)
    tensor.set_requires_grad(False)
    return tensor


def _tiles(array: npt.NDArray[Any], dtype: Any) -> Tensor:
    dense = np.ascontiguousarray(array, np.float32)
    return ttml.autograd.Tensor.from_numpy(dense, ttnn.Layout.TILE, dtype)

"""Weights and optimizer moments in and out of tensors, checked by name and shape."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ..canonical import Shapes
from ..errors import DataError
from . import Floats, Weights


def to_host(tensor: Tensor) -> Floats:
    """Copy a tensor out as float32."""
    return np.array(tensor.detach().cpu().numpy(), dtype=np.float32)


def from_host(array: Floats) -> Tensor:
    """Copy an array into a tensor, whether or not it may be written to."""
    return torch.tensor(np.asarray(array, dtype=np.float32))


def fill(tensors: Mapping[str, Tensor], weights: Weights) -> None:
    """Copy arrays into tensors of the same names."""
    with torch.no_grad():
        for name, tensor in tensors.items():
            tensor.copy_(from_host(weights[name]))


def check(given: Weights, expected: Shapes, what: str) -> None:
    """Compare names and shapes.

    Args:
        given: The arrays.
        expected: Their names and shapes.
        what: What the arrays are, as a sentence's subject in the plural: "The weights".

    Raises:
        DataError: A name is missing or too many, or a shape differs; it names the first.
    """
    for name, shape in expected.items():
        if name not in given:
            raise _misfit(what, f"{name} is missing.")
        found = tuple(np.shape(given[name]))
        if found != shape:
            raise _misfit(what, f"{name} has shape {list(found)}, the model needs {list(shape)}.")
    for name in given:
        if name not in expected:
            raise _misfit(what, f"The model has no {name}.")


def _misfit(what: str, why: str) -> DataError:
    return DataError(
        f"{what} do not fit the model.", why, "Use the model config that they were saved with."
    )

"""Whether arrays fit a model, by name and shape."""

from __future__ import annotations

import numpy as np

from ..canonical import Shapes
from ..errors import DataError
from . import Weights


def check_fit(given: Weights, expected: Shapes, what: str) -> None:
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

"""In which order the list stands, and what of it is shown while somebody types a filter."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .choices import Choice

BY_RUN, BY_LOSS, BY_STEP, BY_AGE = "by run", "by val", "by step", "by age"
ORDERS = (BY_RUN, BY_LOSS, BY_STEP, BY_AGE)

_KEYS: dict[str, Callable[[Choice], Any]] = {
    BY_LOSS: lambda choice: math.inf if math.isnan(choice.val_loss) else choice.val_loss,
    BY_STEP: lambda choice: -(choice.step or 0),
    BY_AGE: lambda choice: -choice.created,
}


def arranged(choices: Sequence[Choice], order: str, wanted: str) -> list[Choice]:
    """Give what fits the filter, in an order; live weights stay first, equals as they stood.

    Args:
        choices: All of them, by run.
        order: One of `ORDERS`.
        wanted: Words, each of which must be in the name, the run, the step, a mark or the preset.
    """
    words = wanted.lower().split()
    found = [choice for choice in choices if all(word in _text(choice) for word in words)]
    key = _KEYS.get(order)
    if key is not None:
        found.sort(key=lambda choice: (not choice.is_live, key(choice)))
    return found


def after(order: str) -> str:
    """Give the next order."""
    return ORDERS[(ORDERS.index(order) + 1) % len(ORDERS)]


def _text(choice: Choice) -> str:
    parts = (choice.name, choice.run_name, str(choice.step), *choice.marks, choice.preset)
    return " ".join(parts).lower()

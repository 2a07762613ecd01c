"""A curve in one line of text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

_BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(
    values: Sequence[float], width: int, *, span: tuple[float, float] | None = None
) -> str:
    """Draw values, oldest first, in at most `width` cells; gaps (NaN) are left out.

    Each cell is the mean of an equal share of the values, from the lowest glyph to the highest;
    `span` gives the values that these stand for, where they are not the lowest and highest there.
    """
    finite = [value for value in values if math.isfinite(value)]
    cells = min(width, len(finite))
    if cells < 1:
        return ""
    bounds = [cell * len(finite) // cells for cell in range(cells + 1)]
    # Divided before they are added, and by two more: neither a sum nor a difference overflows.
    means = [
        sum(value / (end - begin) / 2 for value in finite[begin:end])
        for begin, end in pairwise(bounds)
    ]
    low, high = (span[0] / 2, span[1] / 2) if span else (min(means), max(means))
    if high == low:
        return _BLOCKS[0] * cells
    top = len(_BLOCKS) - 1
    return "".join(_BLOCKS[round((mean - low) / (high - low) * top)] for mean in means)

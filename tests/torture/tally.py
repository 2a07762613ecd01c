"""What a part of the torture tried, and what went wrong."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Tally:
    """The figures of one part."""

    tried: Counter[str] = field(default_factory=Counter)
    peak: Counter[str] = field(default_factory=Counter)
    """The highest of what was measured, such as megabytes."""
    faults: dict[str, list[str]] = field(default_factory=dict)
    """What went wrong, each with where it did; at the first place in detail."""

    def fault(self, where: str, what: str, detail: str = "") -> None:
        """Note that something went wrong."""
        places = self.faults.setdefault(what, [])
        places.append(where if places or not detail else f"{where}\n{detail}")

    def measured(self, what: str, value: float) -> None:
        """Keep a measured value if it is the highest so far."""
        self.peak[what] = max(self.peak[what], round(value))


Part = Callable[[int, Path, Tally], Iterator[None]]
"""Takes a seed and an empty home; each turn of the iterator is one trial, as long as one asks."""


def dice(seed: int, *trial: object) -> random.Random:
    """Give the chances of one trial: the same for the same seed, whatever came before."""
    return random.Random(f"{seed}/{'/'.join(map(str, trial))}")

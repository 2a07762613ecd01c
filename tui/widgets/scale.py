"""Where a value lies between its ends, how far a key moves it, and how it is written."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

Number = float
"""An `int` where the scale counts, else a `float`."""

_COARSE_DIGITS = (1, 2, 5)


class Scale(ABC):
    """The values that a slider or a number field can take."""

    @abstractmethod
    def clamp(self, value: Number) -> Number:
        """Give the nearest value that is allowed."""

    @abstractmethod
    def position(self, value: Number) -> float:
        """Give the place of a value, from 0.0 at the low end to 1.0 at the high end."""

    @abstractmethod
    def at(self, position: float) -> Number:
        """Give the value at a place, rounded to a whole step."""

    @abstractmethod
    def moved(self, value: Number, steps: int) -> Number:
        """Give the value some fine steps away; below zero is down."""

    @abstractmethod
    def leapt(self, value: Number, leaps: int) -> Number:
        """Give the value some coarse steps away; below zero is down."""

    @abstractmethod
    def write(self, value: Number) -> str:
        """Write a value as a person would type it."""

    @abstractmethod
    def read(self, text: str) -> Number | None:
        """Read what a person typed; None when it is no number, or one outside the ends."""

    @property
    @abstractmethod
    def wanted(self) -> str:
        """What can be typed, for a person who typed something else."""

    @property
    def low(self) -> Number:
        """The value at the low end."""
        return self.at(0.0)

    @property
    def high(self) -> Number:
        """The value at the high end."""
        return self.at(1.0)

    @property
    def width(self) -> int:
        """Cells of the longest of the two ends as written."""
        return max(len(self.write(self.low)), len(self.write(self.high)))


@dataclass(frozen=True)
class Linear(Scale):
    """Evenly spaced values; with 0 decimals they are whole numbers."""

    start: Number
    end: Number
    step: Number
    coarse: Number
    decimals: int = 2

    def clamp(self, value: Number) -> Number:
        """See `Scale.clamp`."""
        return self._rounded(min(max(value, self.start), self.end))

    def position(self, value: Number) -> float:
        """See `Scale.position`."""
        return (self.clamp(value) - self.start) / (self.end - self.start)

    def at(self, position: float) -> Number:
        """See `Scale.at`."""
        # The ends themselves, exactly: a float cannot hold the last places of a large seed.
        if position <= 0:
            return self.start
        if position >= 1:
            return self.end
        steps = round(position * (self.end - self.start) / self.step)
        return self.clamp(self.start + steps * self.step)

    def moved(self, value: Number, steps: int) -> Number:
        """See `Scale.moved`."""
        return self.clamp(value + steps * self.step)

    def leapt(self, value: Number, leaps: int) -> Number:
        """See `Scale.leapt`."""
        return self.clamp(value + leaps * self.coarse)

    def write(self, value: Number) -> str:
        """See `Scale.write`."""
        return f"{value:.{self.decimals}f}" if self.decimals else str(round(value))

    def read(self, text: str) -> Number | None:
        """See `Scale.read`."""
        try:
            value = float(text.replace(",", ".")) if self.decimals else int(text)
        except ValueError:
            return None
        return self.clamp(value) if self.start <= value <= self.end else None

    @property
    def wanted(self) -> str:
        """See `Scale.wanted`."""
        # The ends as numbers: a scale below this one may write one of them as a word.
        low, high = Linear.write(self, self.start), Linear.write(self, self.end)
        return f"{'a number' if self.decimals else 'a whole number'} from {low} to {high}"

    def _rounded(self, value: Number) -> Number:
        # Adding 0.0 turns -0.0, which would be written with its sign, into 0.0.
        return round(value, self.decimals) + 0.0 if self.decimals else round(value)


@dataclass(frozen=True)
class CountOrOff(Scale):
    """Whole numbers from 1 up, the small ones with more room, and off, which is 0, above them all.

    Fits top-k: 1 is the strictest choice, and off lets every token through.
    """

    most: int

    def clamp(self, value: Number) -> Number:
        """See `Scale.clamp`."""
        count = round(value)
        return 0 if count <= 0 else min(count, self.most)

    def position(self, value: Number) -> float:
        """See `Scale.position`."""
        count = self.clamp(value)
        return 1.0 if count == 0 else math.log(count) / math.log(self.most + 1)

    def at(self, position: float) -> Number:
        """See `Scale.at`."""
        count = round((self.most + 1) ** min(max(position, 0.0), 1.0))
        return 0 if count > self.most else max(1, count)

    def moved(self, value: Number, steps: int) -> Number:
        """See `Scale.moved`."""
        rank = min(max(1, self._rank(value) + steps), self.most + 1)
        return 0 if rank > self.most else rank

    def leapt(self, value: Number, leaps: int) -> Number:
        """See `Scale.leapt`; it goes to the next of 1, 2, 5, 10, 20, 50 and so on."""
        rank = self._rank(value)
        stops = [*_round_counts(self.most), self.most + 1]
        for _ in range(abs(leaps)):
            further = [s for s in stops if (s > rank if leaps > 0 else s < rank)]
            if further:
                rank = further[0] if leaps > 0 else further[-1]
        return 0 if rank > self.most else rank

    def write(self, value: Number) -> str:
        """See `Scale.write`."""
        return str(round(value)) if value else "off"

    def read(self, text: str) -> Number | None:
        """See `Scale.read`."""
        is_count = text.isascii() and text.isdigit() and int(text) <= self.most
        return int(text) if is_count else None

    @property
    def wanted(self) -> str:
        """See `Scale.wanted`."""
        return f"a whole number from 1 to {self.most}, or 0, which is off"

    @property
    def width(self) -> int:
        """See `Scale.width`."""
        return max(len("off"), len(str(self.most)))

    def _rank(self, value: Number) -> int:
        return round(self.clamp(value)) or self.most + 1


def _round_counts(most: int) -> list[int]:
    counts, power = [], 1
    while power <= most:
        counts += [digit * power for digit in _COARSE_DIGITS if digit * power <= most]
        power *= 10
    return counts

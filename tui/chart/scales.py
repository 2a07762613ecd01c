"""Where steps and values come to lie: the axis below, in steps or in time, and the one beside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..watching.history import Clock
from ..watching.state import RunState
from ..widgets.chart import axis
from .view import View, shown

_LEAST = 1e-12
"""Below that a value has no place on a logarithmic axis."""


class Across:
    """The axis below the curves."""

    def __init__(self, view: View, state: RunState) -> None:
        self.by_time = view.by_time
        self._clock = state.history.clock
        self.last = last_step(state)
        self.steps = shown(view, self.last, state.step)
        if not self.by_time:
            self.low, self.high = self.steps
        elif view.window is None:
            self.low, self.high = 0.0, float(axis.reach(math.ceil(self._clock.now), 0))
            self.steps = 0.0, self._clock.step_at(self.high)
        else:
            self.low, self.high = (self._clock.at(step) for step in self.steps)
        if self.high <= self.low:
            self.high = self.low + 1.0

    def places(self, steps: Sequence[float], clock: Clock | None = None) -> Sequence[float]:
        """Give where steps lie, for a run with a clock of its own if there is one."""
        if not self.by_time:
            return steps
        clock = clock or self._clock
        return [clock.at(step) for step in steps]

    def share(self, step: float) -> float:
        """Give where a step lies: 0 at the left end, 1 at the right end."""
        (place,) = self.places((step,))
        return (place - self.low) / (self.high - self.low)

    def step(self, share: float) -> float:
        """Give the step at a place, the inverse of `share`."""
        place = self.low + share * (self.high - self.low)
        return self._clock.step_at(place) if self.by_time else place

    def marks(self, most: int) -> list[tuple[float, str]]:
        """Give places (0 to 1) and labels of at most about so many marks."""
        span = self.high - self.low
        if self.by_time:
            found = axis.time_marks(self.low, self.high, most)
            return [((at - self.low) / span, axis.time_label(at)) for at in found]
        steps = axis.marks(self.low, self.high, most, whole=True)
        return [((at - self.low) / span, axis.exact_label(at, steps)) for at in steps]


@dataclass(frozen=True)
class Upwards:
    """The axis beside the curves."""

    low: float
    high: float
    log: bool = False

    def scaled(self, value: float) -> float:
        """Give the height of a value; NaN where it has none."""
        if not self.log:
            return value
        return math.log10(value) if value > 0 else math.nan

    @property
    def bottom(self) -> float:
        """The height of the lower end."""
        return self.scaled(self.low)

    @property
    def top(self) -> float:
        """The height of the upper end."""
        return self.scaled(self.high)

    def row(self, value: float, rows: int, dots: int) -> int | None:
        """Give the row of a value, or None outside; each row is so many dots high."""
        share = (self.top - self.scaled(value)) / (self.top - self.bottom)
        if not -1e-9 <= share <= 1 + 1e-9:
            return None
        return round(share * (rows * dots - 1)) // dots

    def ticks(self, most: int) -> list[float]:
        """Give the values that are marked."""
        if not self.log:
            return axis.marks(self.low, self.high, most)
        found = axis.log_marks(self.low, self.high, most)
        return found if len(found) > 1 else axis.marks(self.low, self.high, most)


def last_step(state: RunState) -> float:
    """Give the step at which the axis ends when all is shown."""
    return float(axis.reach(state.step, state.max_steps))


def upwards(values: Sequence[float], rows: int, *, log: bool = False) -> Upwards:
    """Make an axis that holds values; its lower end is round, so that it seldom moves."""
    found = [value for value in values if math.isfinite(value) and (value > _LEAST or not log)]
    if not found:
        return Upwards(0.1 if log else 0.0, 1.0, log)
    low, high = min(found), max(found)
    if high <= low:
        apart = 0.0 if log else 1e-6
        low, high = low - abs(low) * 0.1 - apart, high + abs(high) * 0.1 + apart
    low = axis.floor(low, high, max(4, rows // 2), log=log and low > 0)
    return Upwards(low, high, log)

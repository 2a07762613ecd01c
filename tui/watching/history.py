"""What a run has logged, as curves over its steps, and the clock that turns steps into time."""

from __future__ import annotations

import bisect
import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ttgpt.engine.runs.step_lines import StepLines

from .series import Series

READINGS = ("temperature", "power", "clock")
"""What is kept of a chip's telemetry."""
_MOST_CHIPS = 32
"""Chips of a Galaxy; of more the curves are not kept."""


class Clock:
    """Seconds of training at each step: pauses and the time between two workers left out."""

    def __init__(self) -> None:
        self._seconds = Series()
        self._offset = 0.0
        """Seconds on this clock less the worker's own."""
        self._paused_at: float | None = None

    @property
    def now(self) -> float:
        """Seconds at the newest step."""
        return self._seconds.highs[-1] if self._seconds else 0.0

    def opened(self, mono: float, step: int) -> None:
        """Go on with another worker, from a step."""
        self.forget_after(step)
        self._offset = self.now - mono
        self._paused_at = None

    def forget_after(self, step: int) -> None:
        """Forget when later steps were logged."""
        self._seconds.drop_after(step)

    def stepped(self, steps: Sequence[int], mono: Sequence[float]) -> None:
        """Take in when steps were logged."""
        offset = self._offset
        self._seconds.extend(steps, array("d", (moment + offset for moment in mono)))

    def paused(self, mono: float) -> None:
        """Stop."""
        self._paused_at = mono if self._paused_at is None else self._paused_at

    def resumed(self, mono: float) -> None:
        """Go on."""
        if self._paused_at is not None:
            self._offset -= mono - self._paused_at
            self._paused_at = None

    def at(self, step: float) -> float:
        """Give the seconds at a step, between two logged ones by their distance."""
        steps, seconds = self._seconds.steps, self._seconds.highs
        if not steps:
            return 0.0
        place = bisect.bisect_left(steps, step)
        if place == len(steps):
            return self._beyond(step)
        before = (steps[place - 1], seconds[place - 1]) if place else (0, 0.0)
        return _between(step, before, (steps[place], seconds[place]))

    def step_at(self, second: float) -> float:
        """Give the step at a time: the inverse of `at`."""
        steps, seconds = self._seconds.steps, self._seconds.highs
        if not steps:
            return 0.0
        place = min(bisect.bisect_left(seconds, second), len(steps) - 1)
        before = (seconds[place - 1], steps[place - 1]) if place else (0.0, 0)
        return _between(second, before, (seconds[place], steps[place]))

    def dump(self) -> list[bytes]:
        """Give all that is known, for `load`."""
        paused = math.nan if self._paused_at is None else self._paused_at
        return [array("d", (self._offset, paused)).tobytes(), *self._seconds.dump()]

    def load(self, data: memoryview) -> int:
        """Take what `dump` gave, and say how many bytes that were."""
        self._offset, paused = array("d", data[:16].tobytes())
        self._paused_at = None if math.isnan(paused) else paused
        return 16 + self._seconds.load(data[16:])

    def _beyond(self, step: float) -> float:
        """Go on at the mean speed so far: what is to come is not measured yet."""
        last, seconds = self._seconds.steps[-1], self.now
        return seconds * step / last if last > 0 else seconds


class History:
    """Curves of everything that steps and chips tell."""

    def __init__(self) -> None:
        self.loss = Series()
        self.lr = Series()
        self.grad_norm = Series()
        self.tokens_per_s = Series()
        self.clock = Clock()
        self.chips: list[dict[str, Series]] = []
        """For each chip the curves of those readings that it gave."""

    def stepped(self, lines: StepLines) -> None:
        """Take in logged steps."""
        for part in lines.rising():
            self._go_on(part)

    def _go_on(self, lines: StepLines) -> None:
        if self.loss and lines.steps[0] <= self.loss.steps[-1]:
            self._forget_after(lines.steps[0] - 1)
        self.loss.extend(lines.steps, lines.loss)
        self.lr.extend(lines.steps, lines.lr)
        self.grad_norm.extend(lines.steps, lines.grad_norm)
        self.tokens_per_s.extend(lines.steps, lines.tokens_per_s)
        self.clock.stepped(lines.steps, lines.mono)

    def measured(self, step: int, chips: Sequence[Mapping[str, Any]]) -> None:
        """Take in what the chips told while a step was the newest."""
        for place, chip in enumerate(chips[:_MOST_CHIPS]):
            if place == len(self.chips):
                self.chips.append({})
            for name in READINGS:
                value = reading(chip, name)
                if value is not None:
                    self.chips[place].setdefault(name, Series()).add(step, value)

    def restarted(self, step: int, mono: float) -> None:
        """Go on from a step: what came after it never happened."""
        self._forget_after(step)
        self.clock.opened(mono, step)

    def dump(self) -> tuple[list[list[str]], list[bytes]]:
        """Give the names of each chip's curves, and all curves."""
        parts = [part for series in self._series() for part in series.dump()]
        return [list(chip) for chip in self.chips], [*self.clock.dump(), *parts]

    def load(self, chips: Sequence[Sequence[str]], data: memoryview) -> None:
        """Take what `dump` gave.

        Raises:
            ValueError: The bytes are not such.
        """
        self.chips = [{str(name): Series() for name in chip} for chip in chips]
        at = self.clock.load(data)
        for series in self._series():
            at += series.load(data[at:])

    def _forget_after(self, step: int) -> None:
        self.clock.forget_after(step)
        for series in self._series():
            series.drop_after(step)

    def _series(self) -> Iterable[Series]:
        yield from (self.loss, self.lr, self.grad_norm, self.tokens_per_s)
        for chip in self.chips:
            yield from chip.values()


def reading(chip: Mapping[str, Any], name: str) -> float | None:
    """Give one finite figure of a chip's telemetry, None where there is none."""
    value = chip.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def _between(at: float, before: tuple[float, float], after: tuple[float, float]) -> float:
    span = after[0] - before[0]
    share = (at - before[0]) / span if span > 0 else 1.0
    return before[1] + share * (after[1] - before[1])

"""Curves that do not grow with the run: extremes are kept, what lies between is merged."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Sequence

Point = tuple[int, float]
"""A step and a value; a value of NaN is a gap."""

_GROUP = 8
_SLOW_START = 8
"""Values that make up half of the memory, as long as the full memory is not reached."""
_MANY = 1_000_000


class Series:
    """Points in the order of their steps; above a limit, neighbours merge into their extremes."""

    def __init__(self, limit: int = 4096) -> None:
        self._limit = limit
        self._points: list[Point] = []

    def __len__(self) -> int:
        return len(self._points)

    def __iter__(self) -> Iterator[Point]:
        return iter(self._points)

    @property
    def points(self) -> Sequence[Point]:
        """All kept points."""
        return self._points

    @property
    def last(self) -> float | None:
        """The newest value, None when there is none."""
        return self._points[-1][1] if self._points else None

    def add(self, step: int, value: float) -> None:
        """Append a point; infinite values are gaps too, for no axis holds them."""
        self._points.append((step, value if math.isfinite(value) else math.nan))
        if len(self._points) > self._limit:
            self._points = list(_merged(self._points))

    def drop_after(self, step: int) -> None:
        """Forget the points of later steps."""
        del self._points[bisect.bisect_right(self._points, step, key=lambda point: point[0]) :]


class Smoothed:
    """An exponential moving average that begins with a short memory.

    A loss falls fastest at the start: a long memory there would lag far behind it.
    """

    def __init__(self, memory: float = 0.8) -> None:
        self._memory = memory
        self._average = 0.0
        self._seen = 0

    def add(self, value: float) -> float:
        """Take a value in and give the average; one that is not finite is a gap."""
        if not math.isfinite(value):
            return math.nan
        memory = min(self._memory, self._seen / (self._seen + _SLOW_START))
        self._average = memory * self._average + (1 - memory) * value
        self._seen += 1
        return self._average

    def restart_from(self, value: float | None) -> None:
        """Go on from an earlier average, or from nothing."""
        known = value is not None and math.isfinite(value)
        self._average, self._seen = (value or 0.0, _MANY) if known else (0.0, 0)


def _merged(points: Sequence[Point]) -> Iterator[Point]:
    """Give the extremes of each group of neighbours, and one gap where it holds a gap."""
    for start in range(0, len(points), _GROUP):
        group = points[start : start + _GROUP]
        finite = [point for point in group if not math.isnan(point[1])]
        gaps = [point for point in group if math.isnan(point[1])][:1]
        kept = {min(finite, key=_value), max(finite, key=_value)} if finite else set()
        yield from sorted([*kept, *gaps], key=lambda point: point[0])


def _value(point: Point) -> float:
    return point[1]

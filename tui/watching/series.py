"""Curves that do not grow with the run: neighbours are merged, their extremes and mean are kept."""

from __future__ import annotations

import bisect
import functools
import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
"""A step (or a time) and a value; a value of NaN is a gap."""

_SLOW_START = 8
"""Values that make up half of the memory, as long as the full memory is not reached."""
_MANY = 1_000_000
_COLUMNS = ("steps", "lows", "highs", "means", "counts", "gaps")


@dataclass(frozen=True)
class Bucket:
    """Some values that follow one another; all NaN where none was finite."""

    step: int
    """Step of the last of them."""
    low: float
    high: float
    mean: float
    count: int
    """How many were finite."""


class Series:
    """Values over steps, each in a bucket of its own until there are too many buckets.

    Then every two neighbours become one. So a series of n values is at most `limit` buckets of
    equally many values, whose extremes are exact.
    """

    def __init__(self, limit: int = 2048) -> None:
        self._limit = limit
        self.width = 1
        """Values in a bucket; the last one may hold fewer."""
        self.steps = array("q")
        self.lows = array("d")
        self.highs = array("d")
        self.means = array("d")
        self.counts = array("q")
        self.gaps = array("q")

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Point]:
        return zip(self.steps, self.means, strict=True)

    @property
    def points(self) -> Sequence[Point]:
        """The buckets' steps and means."""
        return list(self)

    def bucket(self, place: int) -> Bucket:
        """Give one bucket."""
        return Bucket(
            self.steps[place],
            self.lows[place],
            self.highs[place],
            self.means[place],
            self.counts[place],
        )

    def at(self, step: float) -> Bucket | None:
        """Give the bucket nearest to a step."""
        if not self.steps:
            return None
        place = bisect.bisect_left(self.steps, step)
        if place == len(self.steps):
            return self.bucket(place - 1)
        before = place and step - self.steps[place - 1] < self.steps[place] - step
        is_inside = self.width > 1 and place > 0
        return self.bucket(place - 1 if before and not is_inside else place)

    def between(self, low: float, high: float) -> range:
        """Give the places of the buckets between two steps, with one more at either side."""
        begin = bisect.bisect_left(self.steps, low) - 1
        end = bisect.bisect_right(self.steps, high) + 1
        return range(max(0, begin), min(len(self.steps), end))

    def groups(self, places: range, most: int) -> Iterator[tuple[int, float, float, float]]:
        """Give step, low, high and mean of groups of neighbours: about `most` of them at most."""
        size = max(1, len(places) // most)
        for begin in range(places.start, places.stop, size):
            yield self._group(begin, min(begin + size, places.stop))

    def _group(self, begin: int, end: int) -> tuple[int, float, float, float]:
        step, part = self.steps[end - 1], slice(begin, end)
        counts = self.counts[part]
        if 0 < min(counts) == max(counts):
            mean = sum(self.means[part]) / (end - begin)
            if math.isfinite(mean):
                return step, min(self.lows[part]), max(self.highs[part]), mean
        rows = zip(*(column[part] for column in self._columns()[1:]), strict=True)
        low, high, mean, *_ = functools.reduce(_joined, rows)
        return step, low, high, mean

    def add(self, step: int, value: float) -> None:
        """Append a value; infinite ones are gaps too, for no axis holds them."""
        self.extend((step,), (value,))

    def extend(self, steps: Sequence[int], values: Sequence[float]) -> None:
        """Append values with their steps."""
        at = 0
        while at < len(values):
            filled = self.counts[-1] + self.gaps[-1] if self.steps else self.width
            room = self.width - filled
            chunk = values[at : at + (room or self.width)]
            at += len(chunk)
            if room:
                self._join(_of(chunk))
                self.steps[-1] = steps[at - 1]
            else:
                self._append(steps[at - 1], _of(chunk))
            self._keep_small()

    def drop_after(self, step: int) -> None:
        """Forget the values of later steps, and what was merged with them."""
        place = bisect.bisect_right(self.steps, step)
        for column in self._columns():
            del column[place:]

    def dump(self) -> list[bytes]:
        """Give all that is known, for `load`."""
        head = array("q", (self.width, len(self)))
        return [part.tobytes() for part in (head, *self._columns())]

    def load(self, data: memoryview) -> int:
        """Take what `dump` gave, and say how many bytes that were.

        Raises:
            ValueError: The bytes are not such.
        """
        head = array("q", data[:16].tobytes())
        if len(head) != 2 or head[0] < 1 or not 0 <= head[1] <= self._limit:
            raise ValueError("not a series")
        self.width, length = head
        for place, column in enumerate(self._columns()):
            begin = 16 + place * 8 * length
            del column[:]
            column.frombytes(data[begin : begin + 8 * length].tobytes())
            if len(column) != length:
                raise ValueError("a series is cut off")
        return 16 + 8 * length * len(_COLUMNS)

    def _columns(self) -> list[array[int] | array[float]]:
        return [getattr(self, name) for name in _COLUMNS]

    def _append(self, step: int, found: _Values) -> None:
        self.steps.append(step)
        self.lows.append(found[0])
        self.highs.append(found[1])
        self.means.append(found[2])
        self.counts.append(found[3])
        self.gaps.append(found[4])

    def _join(self, found: _Values) -> None:
        last = (self.lows[-1], self.highs[-1], self.means[-1], self.counts[-1], self.gaps[-1])
        joined = _joined(last, found)
        self.lows[-1], self.highs[-1], self.means[-1] = joined[:3]
        self.counts[-1], self.gaps[-1] = joined[3:]

    def _keep_small(self) -> None:
        if len(self) < self._limit or self.counts[-1] + self.gaps[-1] < self.width:
            return
        found = list(zip(*self._columns()[1:], strict=True))
        steps = self.steps[1::2]
        pairs = zip(found[::2], found[1::2], strict=False)
        merged = [_joined(before, after) for before, after in pairs]
        if len(found) % 2:
            merged.append(found[-1])
            steps.append(self.steps[-1])
        self.width *= 2
        self.drop_after(-1)
        for step, values in zip(steps, merged, strict=True):
            self._append(step, values)


class Smoothed:
    """An exponential moving average that begins with a short memory.

    A loss falls fastest at the start: a long memory there would lag far behind it.
    """

    def __init__(self, memory: float = 0.8) -> None:
        self._memory = memory
        self._average = 0.0
        self._seen = 0

    def add(self, value: float, count: int = 1) -> float:
        """Take a value in and give the average; one that is not finite is a gap.

        Args:
            value: What came, or the mean of what came.
            count: How many values it stands for.
        """
        if not math.isfinite(value):
            return math.nan
        memory = min(self._memory, self._seen / (self._seen + _SLOW_START))
        self._average += (1 - memory**count) * (value - self._average)
        self._seen += count
        return self._average

    def restart_from(self, value: float | None) -> None:
        """Go on from an earlier average, or from nothing."""
        known = value is not None and math.isfinite(value)
        self._average, self._seen = (value or 0.0, _MANY) if known else (0.0, 0)


def smoothed(series: Series, memory: float) -> list[Point]:
    """Give the moving average of a series, as each value or bucket of values came."""
    average = Smoothed(memory)
    rows = zip(series.steps, series.means, series.counts, strict=True)
    return [(step, average.add(mean, count)) for step, mean, count in rows]


_Values = tuple[float, float, float, int, int]
"""Lowest, highest, mean, how many of them, and how many gaps."""


def _of(values: Sequence[float]) -> _Values:
    if len(values) == 1:
        value = values[0]
        return (value, value, value, 1, 0) if math.isfinite(value) else _gap(1)
    total = sum(values)
    if math.isfinite(total):
        return min(values), max(values), total / len(values), len(values), 0
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return _gap(len(values))
    mean = sum(value / len(finite) for value in finite)
    return min(finite), max(finite), mean, len(finite), len(values) - len(finite)


def _gap(count: int) -> _Values:
    return math.nan, math.nan, math.nan, 0, count


def _joined(before: _Values, after: _Values) -> _Values:
    gaps = before[4] + after[4]
    if not before[3] or not after[3]:
        low, high, mean, count, _ = before if before[3] else after
        return low, high, mean, count, gaps
    count = before[3] + after[3]
    mean = before[2] * (before[3] / count) + after[2] * (after[3] / count)
    return min(before[0], after[0]), max(before[1], after[1]), mean, count, gaps

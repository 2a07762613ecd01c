"""One set of curves over the common axis: the loss, or what is drawn below it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from textual.content import Content

from ..settings import Marker
from ..watching.history import Clock
from ..watching.series import Point, Series
from ..widgets.cells import Cells
from ..widgets.chart import axis
from ..widgets.chart.curves import Bin, Curve, Frame, draw_curves
from ..widgets.chart.glyphs import GLYPHS
from .scales import Across, Upwards

_POINTS_A_DOT = 4


class Panel:
    """Rows of curves, the values at their left side, and the marks put into them."""

    def __init__(
        self, across: Across, upwards: Upwards, marker: Marker, cells: Cells, ticks: int
    ) -> None:
        """Make an empty panel.

        Args:
            across: The axis below.
            upwards: The axis beside.
            marker: Which glyphs.
            cells: Where to draw.
            ticks: Most values that are marked.
        """
        self._across = across
        self._upwards = upwards
        self._marker: Marker = marker
        self._glyphs = GLYPHS[marker]
        self.cells = cells
        self._ticks = upwards.ticks(ticks)

    def draw(self, curves: Sequence[Curve]) -> None:
        """Draw curves."""
        across, up = self._across, self._upwards
        frame = Frame(across.low, across.high, up.bottom, up.top)
        draw_curves(self.cells, frame, curves, self._marker)

    def raw(self, series: Series, style: str) -> Curve:
        """Make the curve of all single values."""
        places = series.between(*self._across.steps)
        found = list(series.groups(places, self._most))
        xs = self._across.places([step for step, *_ in found])
        bins = [Bin(x, *map(self._height, row)) for x, (_, *row) in zip(xs, found, strict=True)]
        return Curve(bins, style, True)

    def line(self, points: Sequence[Point], style: str, clock: Clock | None = None) -> Curve:
        """Make a curve through points, of another run where a clock is given."""
        low, high = self._across.steps
        if clock is None or not self._across.by_time:
            begin = max(0, bisect_left(points, low, key=_step) - 1)
            points = points[begin : bisect_left(points, high, key=_step) + 1]
        points = _in_groups(points, self._most)
        xs = self._across.places([step for step, _ in points], clock)
        heights = (self._height(value) for _, value in points)
        bins = (Bin(x, y, y, y) for x, y in zip(xs, heights, strict=True))
        return Curve(bins, style)

    def column(self, step: float) -> int:
        """Give the column of a step; outside of the panel where it is not shown."""
        return self.column_at(self._across.share(step))

    def column_at(self, share: float) -> int:
        """Give the column of a share of the axis, from 0 to 1."""
        dots = self.cells.width * self._glyphs.dots_across - 1
        return math.floor(round(share * dots) / self._glyphs.dots_across)

    def row(self, value: float) -> int | None:
        """Give the row of a value, None where it is not shown."""
        return self._upwards.row(value, self.cells.height, self._glyphs.dots_down)

    def point(self, step: float, value: float, glyph: str, style: str) -> None:
        """Put a mark on a value."""
        row = self.row(value)
        if row is not None:
            self.cells.put(self.column(step), row, glyph, style)

    def upright(self, step: float, glyph: str, style: str) -> None:
        """Put a line on a step, behind the curves."""
        for y in range(self.cells.height):
            self.cells.put_under(self.column(step), y, glyph, style, self._glyphs.dashes)

    def level(self, value: float, label: str) -> None:
        """Put a line on a value, behind the curves, with its label."""
        row = self.row(value)
        if row is None:
            return
        begin, at = self._place_of(label, row)
        for x in range(self.cells.width):
            if at != row or x < begin:
                self.cells.put_under(x, row, self._glyphs.dashes, "dim")
        if at is not None:
            self.cells.write(begin + 1, at, label, "dim")

    @property
    def labels(self) -> list[str]:
        """The values that are marked, as they are written."""
        return [axis.label(tick, self._ticks) for tick in self._ticks]

    def lines(self, margin: int) -> Iterable[Content]:
        """Give the rows with the values at their left side."""
        edge = [" " * (margin - 1) + self._glyphs.side] * self.cells.height
        for tick, label in zip(self._ticks, self.labels, strict=True):
            row = self.row(tick)
            if row is not None:
                edge[row] = f"{label:>{margin - 2}} {self._glyphs.tick_left}"
        for side, cells in zip(edge, self.cells.lines(), strict=True):
            yield Content.assemble((side, "dim"), cells)

    def _place_of(self, label: str, row: int) -> tuple[int, int | None]:
        """Find room for a label at the right end of its line, or beside it where the curve is."""
        begin = self.cells.width - len(label) - 1
        rows = (row, row - 1, row + 1)
        return begin, next((y for y in rows if self.cells.is_blank(begin, y, len(label) + 1)), None)

    @property
    def _most(self) -> int:
        """How many points are more than enough: a few for each column of dots."""
        return _POINTS_A_DOT * self._glyphs.dots_across * self.cells.width

    def _height(self, value: float) -> float:
        return self._upwards.scaled(value)


def _in_groups(points: Sequence[Point], most: int) -> Sequence[Point]:
    """Give the means of neighbours where there are many more points than are seen."""
    size = len(points) // most
    if size < 2:
        return points
    groups = (points[begin : begin + size] for begin in range(0, len(points), size))
    return [(group[-1][0], _mean(group)) for group in groups]


def _mean(group: Sequence[Point]) -> float:
    finite = [value for _, value in group if not math.isnan(value)]
    return sum(value / len(finite) for value in finite) if finite else math.nan


def _step(point: Point) -> float:
    return point[0]

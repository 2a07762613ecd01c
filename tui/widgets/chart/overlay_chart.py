"""Several runs' losses in the same axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from ...settings import Marker
from ..cells import Cells
from ..lines import Lines, with_parts
from . import axis
from .glyphs import GLYPHS

Points = Sequence[tuple[float, float]]
LOOKS = ("$accent", "$warning", "$success", "$error", "", "$secondary")
LETTERS = "ABCDEF"
"""Each curve has a letter at its end as well: colour alone tells nobody anything."""
_BELOW = 2


@dataclass(frozen=True)
class Curve:
    """One run's line, and single points measured beside it."""

    line: Points
    points: Points = ()


class OverlayChart(Lines):
    """Curves over one another, each with a colour and a letter."""

    HELP = (
        "Each run is a line with its letter at the end: the average of its training loss. The "
        "points are its validation losses. Runs with another number of tokens a step are better "
        "compared over tokens; a changes the axis."
    )

    def __init__(self, marker: Marker) -> None:
        super().__init__()
        self._marker = marker
        self._curves: Sequence[Curve] = ()
        self._log = False
        self._over = "steps"

    def show(self, curves: Sequence[Curve], *, log: bool = False, over: str = "steps") -> None:
        """Show curves in the order of their letters, over steps or tokens."""
        self._curves, self._log, self._over = curves, log, over
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the curves with their axes."""
        glyphs = GLYPHS[self._marker]
        name = "loss, log axis" if self._log else "loss"
        parts = [f"over {self._over}", f"{glyphs.line} train", f"{glyphs.point} val"]
        title = with_parts(Content(name), parts, width)
        drawn = overlay(self._curves, width, height - 1, self._marker, log=self._log)
        return [title, *drawn]


def overlay(
    curves: Sequence[Curve], width: int, height: int, marker: Marker, *, log: bool = False
) -> list[Content]:
    """Draw curves in the same axes.

    Args:
        curves: At most as many as there are letters.
        width: Cells in a line.
        height: Lines, the axis below included.
        marker: Which glyphs.
        log: Whether the loss axis is logarithmic.
    """
    rows = height - _BELOW
    if rows < 2 or width < 20:
        return []
    if not any(curve.line for curve in curves):
        return [Content.styled("no steps are logged yet", "dim")]
    return _Overlay(curves, width, rows, marker, log).lines()


class _Overlay:
    def __init__(
        self, curves: Sequence[Curve], width: int, rows: int, marker: Marker, log: bool
    ) -> None:
        self._curves, self._log, self._glyphs = curves, log, GLYPHS[marker]
        low, high = self._range()
        low = axis.floor(low, high, max(1, rows // 2), log=log)
        most = max(2, min(rows - 1, 5))
        self._ticks = axis.log_marks(low, high) if log else axis.marks(low, high, most)
        self._labels = [axis.label(tick, self._ticks) for tick in self._ticks]
        self._margin = max((len(label) for label in self._labels), default=3) + 2
        self._cells = Cells(width - self._margin, rows)
        self._low, self._high = self._scaled(low), self._scaled(high)
        self._last = max(
            (x for curve in curves for x, _ in (*curve.line, *curve.points)), default=1
        )
        self._dots: dict[tuple[int, int], tuple[int, str]] = {}

    def lines(self) -> list[Content]:
        for curve, look in zip(self._curves, LOOKS, strict=False):
            self._draw_line(curve.line, look)
        self._put_dots()
        for curve, look in zip(self._curves, LOOKS, strict=False):
            for x, y in curve.points:
                self._put(x, y, self._glyphs.point, look)
        letters = LETTERS if len(self._curves) > 1 else ""
        for letter, curve, look in zip(letters, self._curves, LOOKS, strict=False):
            self._put_letter(curve, letter, f"bold {look}".strip())
        sides = zip(self._side(), self._cells.lines(), strict=True)
        return [*(Content.assemble((edge, "dim"), row) for edge, row in sides), *self._below()]

    def _range(self) -> tuple[float, float]:
        values = [
            y
            for curve in self._curves
            for _, y in (*curve.line, *curve.points)
            if math.isfinite(y) and (y > 0 or not self._log)
        ]
        if not values:
            return (0.1, 1.0) if self._log else (0.0, 1.0)
        low, high = min(values), max(values)
        return (low, high) if high > low else (low * 0.9 - 1e-6, high * 1.1 + 1e-6)

    def _scaled(self, value: float) -> float:
        if not self._log:
            return value
        return math.log10(value) if value > 0 else math.nan

    def _draw_line(self, line: Points, look: str) -> None:
        """Join the points that are neighbours, dot by dot; a value that is no number is a gap."""
        before: tuple[int, int] | None = None
        for x, y in line:
            here = self._dot(x, y)
            if here is not None:
                for dot in _between(before, here) if before is not None else [here]:
                    self._mark(dot, look)
            before = here

    def _mark(self, dot: tuple[int, int], look: str) -> None:
        across, down = self._glyphs.dots_across, self._glyphs.dots_down
        cell = (dot[0] // across, dot[1] // down)
        bits, _ = self._dots.get(cell, (0, ""))
        self._dots[cell] = (bits | 1 << (dot[1] % down * across + dot[0] % across), look)

    def _put_dots(self) -> None:
        for (x, y), (bits, look) in self._dots.items():
            self._cells.put(x, y, _GLYPH_OF[self._glyphs.dots_down](bits), look)

    def _dot(self, x: float, y: float) -> tuple[int, int] | None:
        scaled = self._scaled(y)
        if not math.isfinite(scaled):
            return None
        share = (self._high - scaled) / ((self._high - self._low) or 1.0)
        down = self._cells.height * self._glyphs.dots_down - 1
        across = self._cells.width * self._glyphs.dots_across - 1
        row = round(min(1.0, max(0.0, share)) * down)
        return round(x / (self._last or 1) * across), row

    def _cell(self, x: float, y: float) -> tuple[int, int] | None:
        dot = self._dot(x, y)
        return dot and (dot[0] // self._glyphs.dots_across, dot[1] // self._glyphs.dots_down)

    def _put(self, x: float, y: float, character: str, look: str) -> None:
        cell = self._cell(x, y)
        if cell is not None:
            self._cells.put(*cell, character, look)

    def _put_letter(self, curve: Curve, letter: str, look: str) -> None:
        finite = [point for point in curve.line if math.isfinite(point[1])]
        cell = self._cell(*finite[-1]) if finite else None
        if cell is not None:
            self._cells.put(min(cell[0] + 1, self._cells.width - 1), cell[1], letter, look)

    def _side(self) -> list[str]:
        edge = [" " * (self._margin - 1) + self._glyphs.side] * self._cells.height
        for tick, label in zip(self._ticks, self._labels, strict=True):
            cell = self._cell(0, tick)
            if cell is not None:
                edge[cell[1]] = f"{label:>{self._margin - 2}} {self._glyphs.tick_left}"
        return edge

    def _below(self) -> list[Content]:
        width, glyphs = self._cells.width, self._glyphs
        line, labels = Cells(width, 1), Cells(width + self._margin, 1)
        line.write(0, 0, glyphs.line * width, "dim")
        for mark in axis.marks(0, self._last, max(2, width // 12), whole=True):
            column = (self._cell(mark, 1.0) or (0, 0))[0]
            label = _amount(mark)
            line.put(column, 0, glyphs.tick_below, "dim")
            begin = self._margin + column - len(label) // 2
            labels.write(min(begin, labels.width - len(label)), 0, label, "dim")
        corner = Content.styled(" " * (self._margin - 1) + glyphs.corner, "dim")
        return [corner + line.lines()[0], *labels.lines()]


def _between(before: tuple[int, int], here: tuple[int, int]) -> list[tuple[int, int]]:
    """Give the dots of a straight line, both ends included."""
    (x0, y0), (x1, y1) = before, here
    steps = max(abs(x1 - x0), abs(y1 - y0), 1)
    return [
        (round(x0 + (x1 - x0) * i / steps), round(y0 + (y1 - y0) * i / steps))
        for i in range(steps + 1)
    ]


def _amount(value: float) -> str:
    for limit, unit in ((1e9, "G"), (1e6, "M")):
        if value >= limit:
            return f"{value / limit:g}{unit}"
    return axis.step_label(value)


_BRAILLE = (0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80)
_QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"


def _braille(bits: int) -> str:
    return chr(0x2800 + sum(value for place, value in enumerate(_BRAILLE) if bits >> place & 1))


def _quadrant(bits: int) -> str:
    return _QUADRANTS[bits]


def _star(bits: int) -> str:
    return "*"


_GLYPH_OF = {4: _braille, 2: _quadrant, 1: _star}
"""How the dots of a cell are drawn, by how many lie above one another."""

"""Draw curves as dots or blocks with plotext, which sees only as many points as there are dots."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...settings import Marker
from ..cells import Cells

if TYPE_CHECKING:
    from textual_plotext import Plot

_MARKERS: dict[Marker, str] = {"braille": "braille", "block": "hd", "ascii": "*"}
_DOTS_ACROSS = 2
"""Columns of dots in a cell, for braille and blocks."""
_FIRST_COLOUR = 1
_RUN = re.compile(r"\x1b\[(?:38;5;(\d+)|\d*)m")


@dataclass(frozen=True)
class Frame:
    """The part of the plane that is drawn; y may be logarithms."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float


@dataclass(frozen=True)
class Bin:
    """What fell into one column of dots; all NaN where only gaps did."""

    x: float
    low: float
    high: float
    mean: float


@dataclass(frozen=True)
class Curve:
    """What is drawn in one style."""

    bins: Iterable[Bin]
    """In order; those left of the frame or right of it lead to its edge."""
    style: str = ""
    extremes: bool = False
    """Whether lowest and highest values are drawn instead of the mean."""


def draw_curves(cells: Cells, frame: Frame, curves: Sequence[Curve], marker: Marker) -> None:
    """Draw curves over all cells, later ones over earlier ones.

    Args:
        cells: Where to draw.
        frame: What the cells' corners stand for.
        curves: The curves.
        marker: Which glyphs.
    """
    plot = _empty_plot(cells.width, cells.height, frame)
    columns = cells.width * _DOTS_ACROSS
    for number, curve in enumerate(curves, _FIRST_COLOUR):
        bins = binned(curve.bins, frame, columns)
        xs, ys = _dots(bins, frame, extremes=curve.extremes)
        if any(not math.isnan(y) for y in ys):
            plot.plot(xs, ys, marker=_MARKERS[marker], color=number)
    styles = {str(number): curve.style for number, curve in enumerate(curves, _FIRST_COLOUR)}
    _copy(plot.build(), cells, styles)


def binned(found: Iterable[Bin], frame: Frame, columns: int) -> Iterator[Bin]:
    """Gather bins by columns of dots; empty columns are left out."""
    width = (frame.x_high - frame.x_low) / columns or 1.0
    place, held = -1, list[Bin]()
    for one in _within(found, frame):
        at = min(columns - 1, int((one.x - frame.x_low) / width))
        if at != place and held:
            yield _joined(frame.x_low + (place + 0.5) * width, held)
            held = []
        place = at
        held.append(one)
    if held:
        yield _joined(frame.x_low + (place + 0.5) * width, held)


def _within(found: Iterable[Bin], frame: Frame) -> Iterator[Bin]:
    """Leave out what lies beside the frame; a line that crosses its edge begins or ends there."""
    before: Bin | None = None
    for one in found:
        if before is not None:
            for edge in (frame.x_low, frame.x_high):
                if before.x < edge < one.x:
                    yield _crossing(before, one, edge)
        if frame.x_low <= one.x <= frame.x_high:
            yield one
        before = one


def _crossing(before: Bin, after: Bin, x: float) -> Bin:
    share = (x - before.x) / (after.x - before.x)
    mean = before.mean + share * (after.mean - before.mean)
    return Bin(x, mean, mean, mean)


def _joined(x: float, bins: Sequence[Bin]) -> Bin:
    finite = [one for one in bins if not math.isnan(one.mean)]
    if not finite:
        return Bin(x, math.nan, math.nan, math.nan)
    mean = sum(one.mean for one in finite) / len(finite)
    return Bin(x, min(one.low for one in finite), max(one.high for one in finite), mean)


def _dots(bins: Iterable[Bin], frame: Frame, *, extremes: bool) -> tuple[list[float], list[float]]:
    """Give what plotext draws; values outside the frame lie on its edge, so that they are seen."""
    xs: list[float] = []
    ys: list[float] = []
    for found in bins:
        values = (found.low, found.high) if extremes else (found.mean,)
        xs.extend([found.x] * len(values))
        ys.extend(min(max(value, frame.y_low), frame.y_high) for value in values)
    return xs, ys


def _empty_plot(width: int, height: int, frame: Frame) -> Plot:
    from textual_plotext import Plot  # takes a while; not every screen has a chart

    plot = Plot()
    # Else it cuts at what COLUMNS says, or at 80 x 24 where stdout is no terminal.
    plot._limit_size(False, False)  # type: ignore[attr-defined]
    plot.plotsize(width, height)
    plot.theme("clear")
    plot.frame(False)
    plot.xaxes(False, False)
    plot.yaxes(False, False)
    plot.xticks([])
    plot.yticks([])
    plot.xlim(frame.x_low, frame.x_high)
    plot.ylim(frame.y_low, frame.y_high)
    return plot


def _copy(drawn: str, cells: Cells, styles: dict[str, str]) -> None:
    """Copy plotext's text, in which each run of a colour is bracketed by escape codes."""
    for y, line in enumerate(drawn.split("\n")[: cells.height]):
        x, style = 0, ""
        for part, text in enumerate(_RUN.split(line)):
            if part % 2:
                style = styles.get(text, "") if text else ""
                continue
            for character in text:
                if character != " ":
                    cells.put(x, y, character, style)
                x += 1

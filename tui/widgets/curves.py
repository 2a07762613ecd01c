"""Draw curves as dots or blocks with plotext, which sees only as many points as there are dots."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from textual_plotext import Plot

from ..series import Point
from ..settings import Marker
from .cells import Cells

_MARKERS: dict[Marker, str] = {"braille": "braille", "block": "hd", "ascii": "*"}
_DOTS_ACROSS = 2
"""Columns of dots in a cell, for braille and blocks."""
_COLOURS = (8, 7)
"""plotext's colour numbers by which the first and the second curve are told apart."""
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


def draw_curves(
    cells: Cells, frame: Frame, faint: Sequence[Point], strong: Sequence[Point], marker: Marker
) -> None:
    """Draw two curves over all cells: one by its extremes, faintly, one by its means.

    Args:
        cells: Where to draw.
        frame: What the cells' corners stand for.
        faint: The raw values.
        strong: The smoothed values, drawn over them.
        marker: Which glyphs.
    """
    plot = _empty_plot(cells.width, cells.height, frame)
    bins = cells.width * _DOTS_ACROSS
    for points, extremes, colour in ((faint, True, _COLOURS[0]), (strong, False, _COLOURS[1])):
        xs, ys = _dots(binned(points, frame, bins), frame, extremes=extremes)
        if any(not math.isnan(y) for y in ys):
            plot.plot(xs, ys, marker=_MARKERS[marker], color=colour)
    _copy(plot.build(), cells, {str(_COLOURS[0]): "dim", str(_COLOURS[1]): ""})


def binned(points: Iterable[Point], frame: Frame, bins: int) -> Iterator[Bin]:
    """Gather points by columns of dots, in order; empty columns are left out."""
    width = (frame.x_high - frame.x_low) / bins or 1.0
    place, held = -1, list[float]()
    for step, value in points:
        at = min(bins - 1, int((step - frame.x_low) / width))
        if at != place and held:
            yield _bin(frame.x_low + (place + 0.5) * width, held)
            held = []
        place = at
        held.append(value)
    if held:
        yield _bin(frame.x_low + (place + 0.5) * width, held)


def _bin(x: float, values: list[float]) -> Bin:
    finite = [value for value in values if not math.isnan(value)]
    if not finite:
        return Bin(x, math.nan, math.nan, math.nan)
    return Bin(x, min(finite), max(finite), sum(finite) / len(finite))


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

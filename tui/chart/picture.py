"""A whole chart as lines: the loss, what is drawn below it, and the axis under both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content

from ..settings import Marker
from ..watching.series import Point, Series, smoothed
from ..widgets.cells import Cells
from ..widgets.chart.glyphs import GLYPHS
from . import words
from .below import axis_lines, sample_line, spaced
from .content import LETTERS, Chart
from .panel import Panel
from .scales import Across, Upwards, upwards

_AXIS = 2
_WITH_SAMPLES = 9
"""Height from which the row of samples is worth its place."""
_WITH_PANE = 9
"""Rows of curves from which there is room for a second set."""
_NARROWEST = 16
_CELLS_A_POINT = 3
"""Cells from one validation point to the next; where they lie closer, a line goes through all."""
_SHARE_OF_PANE = 3
"""One row in so many is for the second set."""


def picture(chart: Chart, marker: Marker, width: int, height: int) -> list[Content]:
    """Draw a chart; nothing where there is no room for one."""
    made = _picture(chart, marker, width, height)
    return made.lines(height >= _WITH_SAMPLES) if made is not None else []


def share_at(chart: Chart, marker: Marker, width: int, height: int, column: float) -> float:
    """Give what share of the axis below lies at a column of the picture: 0 to 1 from end to end."""
    made = _picture(chart, marker, width, height)
    return made.share_at(column) if made is not None else 0.0


def _picture(chart: Chart, marker: Marker, width: int, height: int) -> _Picture | None:
    rows = height - 1 - _AXIS - (height >= _WITH_SAMPLES)
    fits = rows >= 2 and width >= _NARROWEST
    return _Picture(chart, marker, width, rows) if fits else None


class _Picture:
    def __init__(self, chart: Chart, marker: Marker, width: int, rows: int) -> None:
        self._chart = chart
        self._marker: Marker = marker
        self._glyphs = GLYPHS[marker]
        self._width = width
        has_pane = chart.view.pane in chart.offered_panes() and rows >= _WITH_PANE
        self._pane_rows = max(2, rows // _SHARE_OF_PANE - 1) if has_pane else 0
        self._rows = rows - (self._pane_rows + 1 if has_pane else 0)
        self._across = Across(chart.view, chart.state)
        self._average = smoothed(chart.series("loss")[0], chart.view.memory)
        self._scales = [upwards(list(self._losses()), self._rows, log=chart.view.log)]
        if self._pane_rows:
            self._scales.append(upwards(list(self._pane_values()), self._pane_rows))
        margins = map(self._margin_of, self._scales, self._heights)
        self._margin = max(3, *margins)

    def share_at(self, column: float) -> float:
        """Give the share of the axis at the middle of a column."""
        cells = self._width - self._margin
        dots = self._glyphs.dots_across
        dot = (column - self._margin + 0.5) * dots - 0.5
        return max(0.0, min(1.0, dot / (cells * dots - 1)))

    def lines(self, with_samples: bool) -> list[Content]:
        """Draw everything, from the top."""
        chart, glyphs, margin = self._chart, self._glyphs, self._margin
        cells = [Cells(self._width - margin, rows) for rows in self._heights]
        panels = [
            Panel(self._across, scale, self._marker, grid, _ticks(grid.height))
            for scale, grid in zip(self._scales, cells, strict=True)
        ]
        self._fill_loss(panels[0])
        found = [self._title(), *panels[0].lines(margin)]
        if self._pane_rows:
            self._fill_pane(panels[1])
            title = words.pane_title(chart, chart.view.cursor, self._width - margin)
            found += [Content(" " * margin) + title, *panels[1].lines(margin)]
        found += axis_lines(self._across, panels[0], chart.state, glyphs, margin)
        if with_samples:
            found.append(sample_line(panels[0], chart.state, chart.chosen, glyphs, margin))
        return found

    @property
    def _heights(self) -> list[int]:
        return [self._rows, self._pane_rows] if self._pane_rows else [self._rows]

    def _margin_of(self, scale: Upwards, rows: int) -> int:
        probe = Panel(self._across, scale, self._marker, Cells(1, rows), _ticks(rows))
        return max((len(label) for label in probe.labels), default=1) + 2

    def _title(self) -> Content:
        chart = self._chart
        if chart.view.cursor is not None:
            return words.values(chart, chart.view.cursor, self._width)
        return words.title(chart, self._glyphs, self._width)

    def _losses(self) -> Iterable[float]:
        """Give what the loss axis must hold; single high losses may lie on its edge."""
        chart, (low, high) = self._chart, self._across.steps
        yield from (value for step, value in self._average if low <= step <= high)
        series = chart.series("loss")[0]
        places = series.between(low, high)
        yield from series.lows[places.start : places.stop]
        if chart.view.window is not None:
            yield from series.highs[places.start : places.stop]
        yield from (e.val_loss for e in chart.state.evaluations if low <= e.step <= high)
        if chart.view.window is None:
            yield from (baseline.loss for baseline in chart.baselines)
            for overlay in chart.overlays:
                yield from (value for _, value in self._averaged(overlay.state.raw))

    def _pane_values(self) -> Iterable[float]:
        for series in self._chart.series(self._chart.view.pane):
            places = series.between(*self._across.steps)
            yield from series.lows[places.start : places.stop]
            yield from series.highs[places.start : places.stop]

    def _averaged(self, series: Series) -> Sequence[Point]:
        return smoothed(series, self._chart.view.memory)

    def _fill_loss(self, panel: Panel) -> None:
        chart, glyphs = self._chart, self._glyphs
        others = [
            panel.line(
                self._averaged(overlay.state.raw), _style(place), overlay.state.history.clock
            )
            for place, overlay in enumerate(chart.overlays)
        ]
        raw = panel.raw(chart.series("loss")[0], "dim")
        done = [(float(found.step), found.val_loss) for found in chart.state.evaluations]
        marked = spaced([step for step, _ in done], panel.column, _CELLS_A_POINT)
        between = [panel.line(done, "$accent")] if len(marked) < len(done) else []
        panel.draw([raw, *others, *between, panel.line(self._average, "")])
        self._put_letters(panel)
        for place in marked:
            panel.point(*done[place], glyphs.point, "$accent")
        best = chart.state.best
        if best is not None:
            panel.point(best.step, best.val_loss, glyphs.best, "$success")
        for baseline in chart.baselines:
            panel.level(baseline.loss, baseline.label)
        for step in chart.state.restarts:
            panel.upright(step, glyphs.restart, "dim")
        self._put_cursor(panel)

    def _fill_pane(self, panel: Panel) -> None:
        found = self._chart.series(self._chart.view.pane)
        panel.draw([panel.raw(series, "") for series in found])
        self._put_cursor(panel)

    def _put_cursor(self, panel: Panel) -> None:
        cursor = self._chart.view.cursor
        if cursor is not None:
            panel.upright(cursor, self._glyphs.cursor, "$accent")

    def _put_letters(self, panel: Panel) -> None:
        for place, overlay in enumerate(self._chart.overlays):
            loss, step = overlay.state.train_loss, overlay.state.step
            if loss is not None:
                panel.point(step, loss, LETTERS[place], _style(place))


def _style(place: int) -> str:
    return words.OVERLAY_STYLES[place % len(words.OVERLAY_STYLES)]


def _ticks(rows: int) -> int:
    return max(2, (rows + 1) // 2, min(rows - 1, 4))

"""The loss over the steps: single ones, their average, validation, and losses to compare with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from ..series import Point
from ..settings import Marker
from ..state import RunState
from . import axis
from .cells import Cells
from .chart_glyphs import GLYPHS
from .curves import Frame, draw_curves
from .lines import Lines, with_parts

_ABOVE, _BELOW = 1, 2
_NOTHING_YET = "the curve begins with the first step"
_WITH_SAMPLES = 9
"""Height from which the row of samples is worth its place."""


@dataclass(frozen=True)
class Baseline:
    """A loss to compare with, such as that of guessing."""

    loss: float
    label: str


class LossChart(Lines):
    """The loss curve of a run."""

    HELP = (
        "The loss over the steps, in nats per token: the lower it is, the better the model "
        "predicts the text. Faint dots are single steps, the line is their average, the points "
        "are text held out of training. Points well above the line: the text is being learned "
        "by heart.\n"
        "guessing  every token is as likely as any other\n"
        "letter pairs  only the token before is known"
    )

    def __init__(self, marker: Marker, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._marker = marker
        self._state = RunState()
        self._baselines: Sequence[Baseline] = ()
        self._chosen: int | None = None
        self._log = False

    def show(
        self,
        state: RunState,
        baselines: Sequence[Baseline] = (),
        *,
        chosen_sample: int | None = None,
        log: bool = False,
    ) -> None:
        """Show a run.

        Args:
            state: The run.
            baselines: Losses to compare with.
            chosen_sample: Step of the sample that is shown beside the chart.
            log: Whether the loss axis is logarithmic.
        """
        self._state, self._baselines = state, baselines
        self._chosen, self._log = chosen_sample, log
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the curve with its axes."""
        with_samples = height >= _WITH_SAMPLES
        rows = height - _ABOVE - _BELOW - with_samples
        if rows < 2 or width < 16:
            return []
        if self._state.opened is None and not self._state.raw.points:
            return [Content("loss"), Content(""), Content.styled(_NOTHING_YET, "dim")]
        drawing = _Drawing(self._state, self._baselines, self._marker, self._log, width, rows)
        lines = [self._title(width), *drawing.lines()]
        return [*lines, drawing.samples(self._chosen)] if with_samples else lines

    def _title(self, width: int) -> Content:
        glyphs = GLYPHS[self._marker]
        name = "loss, log axis" if self._log else "loss"
        parts = [f"{glyphs.line} train", f"{glyphs.point} val"]
        if self._state.restarts:
            parts.append(f"{glyphs.restart} resumed")
        return with_parts(Content(f"{name} "), parts, width)


class _Drawing:
    """One picture: the scales, and what is put where."""

    def __init__(
        self,
        state: RunState,
        baselines: Sequence[Baseline],
        marker: Marker,
        log: bool,
        width: int,
        rows: int,
    ) -> None:
        self._state = state
        self._baselines = baselines
        self._marker: Marker = marker
        self._glyphs = GLYPHS[marker]
        self._log = log
        low, high = self._range()
        low = axis.floor(low, high, rows // 2, log=log)
        most = max((rows + 1) // 2, min(rows - 1, 4))
        self._ticks = axis.log_marks(low, high) if log else axis.marks(low, high, most)
        labels = [axis.label(tick, self._ticks) for tick in self._ticks]
        self._margin = max((len(label) for label in labels), default=3) + 2
        self._labels = labels
        self._cells = Cells(width - self._margin, rows)
        self._last = axis.reach(state.step, state.max_steps)
        self._frame = Frame(0, self._last, self._scaled(low), self._scaled(high))

    def lines(self) -> list[Content]:
        """Draw the plot, the axis below it and its labels."""
        draw_curves(
            self._cells,
            self._frame,
            self._curve(self._state.raw.points),
            self._curve(self._state.smooth.points),
            self._marker,
        )
        self._put_evaluations()
        self._put_baselines()
        self._put_restarts()
        sides = zip(self._side(), self._cells.lines(), strict=True)
        rows = [Content.assemble((edge, "dim"), row) for edge, row in sides]
        return [*rows, *self._below()]

    def samples(self, chosen: int | None) -> Content:
        """Mark the steps at which samples were drawn."""
        row = Cells(self._cells.width, 1)
        steps = sorted({sample.step for sample in self._state.samples})
        for step in steps:
            row.put(self._column(step), 0, self._glyphs.sample, "dim")
        if chosen is not None:
            row.put(self._column(chosen), 0, self._glyphs.chosen, "$accent")
        if steps and (after := self._column(steps[-1]) + 2) + len("samples") <= row.width:
            row.write(after, 0, "samples", "dim")
        return Content(" " * self._margin) + row.lines()[0]

    def _range(self) -> tuple[float, float]:
        """Choose what the axis must hold; single raw losses far above it lie on its edge."""
        state = self._state
        found = [value for _, value in state.smooth.points]
        found += [evaluation.val_loss for evaluation in state.evaluations]
        found += [baseline.loss for baseline in self._baselines]
        values = [value for value in found if math.isfinite(value) and (value > 0 or not self._log)]
        if not values:
            return 0.0 if not self._log else 0.1, 1.0
        low, high = min(values), max(values)
        raw = [value for _, value in state.raw.points if value > 0 or not self._log]
        low = min([low, *raw])
        return (low, high) if high > low else (low * 0.9 - 1e-6, high * 1.1 + 1e-6)

    def _scaled(self, value: float) -> float:
        if not self._log:
            return value
        return math.log10(value) if value > 0 else math.nan

    def _curve(self, points: Sequence[Point]) -> Sequence[Point]:
        return [(step, self._scaled(value)) for step, value in points] if self._log else points

    def _column(self, step: float) -> int:
        dots = self._cells.width * self._glyphs.dots_across - 1
        return round(step / self._last * dots) // self._glyphs.dots_across

    def _row(self, value: float) -> int | None:
        """Give the row of a loss, or None outside the frame."""
        frame, scaled = self._frame, self._scaled(value)
        share = (frame.y_high - scaled) / (frame.y_high - frame.y_low)
        if not -1e-9 <= share <= 1 + 1e-9:
            return None
        return round(share * (self._cells.height * self._glyphs.dots_down - 1)) // (
            self._glyphs.dots_down
        )

    def _put_evaluations(self) -> None:
        for evaluation in self._state.evaluations:
            row = self._row(evaluation.val_loss)
            if row is not None:
                self._cells.put(self._column(evaluation.step), row, self._glyphs.point, "$accent")

    def _put_baselines(self) -> None:
        for baseline in self._baselines:
            row = self._row(baseline.loss)
            if row is None:
                continue
            self._put_label(f" {baseline.label}", row)
            for x in range(self._cells.width):
                self._cells.put_under(x, row, self._glyphs.dashes, "dim")

    def _put_label(self, label: str, row: int) -> None:
        """Write a label at the right end of its line, or next to it where the curve is."""
        begin = self._cells.width - len(label)
        for y in (row, row - 1, row + 1):
            if self._cells.is_blank(begin, y, len(label)):
                self._cells.write(begin, y, label, "dim")
                return

    def _put_restarts(self) -> None:
        for step in self._state.restarts:
            for y in range(self._cells.height):
                self._cells.put_under(self._column(step), y, self._glyphs.restart, "dim")

    def _side(self) -> list[str]:
        edge = [" " * (self._margin - 1) + self._glyphs.side] * self._cells.height
        for tick, label in zip(self._ticks, self._labels, strict=True):
            row = self._row(tick)
            if row is not None:
                edge[row] = f"{label:>{self._margin - 2}} {self._glyphs.tick_left}"
        return edge

    def _below(self) -> list[Content]:
        width, glyphs = self._cells.width, self._glyphs
        line, labels = Cells(width, 1), Cells(width + self._margin, 1)
        line.write(0, 0, glyphs.line * width, "dim")
        for step in axis.marks(0, self._last, max(2, width // 10), whole=True):
            column, label = self._column(step), axis.step_label(step)
            line.put(column, 0, glyphs.tick_below, "dim")
            begin = self._margin + column - len(label) // 2
            labels.write(min(begin, labels.width - len(label)), 0, label, "dim")
        corner = Content.styled(" " * (self._margin - 1) + glyphs.corner, "dim")
        return [corner + line.lines()[0], *labels.lines()]

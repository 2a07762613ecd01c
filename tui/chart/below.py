"""What lies below the curves: the axis with what was saved, held or changed, and the samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content

from ..watching.state import RunState
from ..widgets.cells import Cells
from ..widgets.chart.glyphs import Glyphs
from .panel import Panel
from .scales import Across

_CELLS_A_MARK = 10
_CELLS_A_SAMPLE = 2


def axis_lines(
    across: Across, panel: Panel, state: RunState, glyphs: Glyphs, margin: int
) -> list[Content]:
    """Draw the axis, marks of checkpoints, pauses and changed settings on it, and its labels.

    Args:
        across: The axis.
        panel: What lies on it.
        state: The run.
        glyphs: Which characters.
        margin: Cells left of the axis.
    """
    width = panel.cells.width
    line, labels = Cells(width, 1), Cells(width + margin, 1)
    line.write(0, 0, glyphs.line * width, "dim")
    for share, label in across.marks(max(2, width // _CELLS_A_MARK)):
        at = panel.column_at(share)
        line.put(at, 0, glyphs.tick_below, "dim")
        begin = min(margin + at - len(label) // 2, labels.width - len(label))
        if labels.is_blank(max(0, begin - 1), 0, len(label)):
            labels.write(begin, 0, label, "dim")
    for saved in state.checkpoints:
        line.put(panel.column(saved.step), 0, glyphs.saved)
    for step in state.pauses:
        line.put(panel.column(step), 0, glyphs.paused, "$warning")
    for change in state.changes:
        line.put(panel.column(change.step), 0, glyphs.changed, "$accent")
    corner = Content.styled(" " * (margin - 1) + glyphs.corner, "dim")
    return [corner + line.lines()[0], *labels.lines()]


def sample_line(
    panel: Panel, state: RunState, chosen: Sequence[int], glyphs: Glyphs, margin: int
) -> Content:
    """Mark the steps at which samples were drawn."""
    column, row = panel.column, Cells(panel.cells.width, 1)
    steps = sorted({sample.step for sample in state.samples})
    for place in spaced(steps, column, _CELLS_A_SAMPLE):
        row.put(column(steps[place]), 0, glyphs.sample, "dim")
    for step in chosen:
        row.put(column(step), 0, glyphs.chosen, "$accent")
    if steps and row.is_blank(column(steps[-1]) + 1, 0, len("samples") + 1):
        row.write(column(steps[-1]) + 2, 0, "samples", "dim")
    return Content(" " * margin) + row.lines()[0]


def spaced(steps: Sequence[float], column: Callable[[float], int], cells: int) -> list[int]:
    """Give the places of steps at least so many cells apart; the newest one is always among them.

    Args:
        steps: Rising.
        column: Gives the column of a step.
        cells: The distance.
    """
    found: list[int] = []
    edge: float = float("inf")
    for place in reversed(range(len(steps))):
        if (at := column(steps[place])) <= edge - cells:
            found.append(place)
            edge = at
    return found[::-1]

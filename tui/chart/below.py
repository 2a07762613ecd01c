"""What lies below the curves: the axis with what was saved, held or changed, and the samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content

from ..state import RunState
from ..widgets.cells import Cells
from ..widgets.chart_glyphs import Glyphs
from .scales import Across

_CELLS_A_MARK = 10


def axis_lines(
    across: Across,
    column: Callable[[float], int],
    state: RunState,
    glyphs: Glyphs,
    size: tuple[int, int],
) -> list[Content]:
    """Draw the axis, marks of checkpoints, pauses and changed settings on it, and its labels.

    Args:
        across: The axis.
        column: Gives the column of a step.
        state: The run.
        glyphs: Which characters.
        size: Cells left of the axis, and along it.
    """
    margin, width = size
    line, labels = Cells(width, 1), Cells(width + margin, 1)
    line.write(0, 0, glyphs.line * width, "dim")
    for share, label in across.marks(max(2, width // _CELLS_A_MARK)):
        at = min(width - 1, round(share * (width - 1)))
        line.put(at, 0, glyphs.tick_below, "dim")
        begin = min(margin + at - len(label) // 2, labels.width - len(label))
        if labels.is_blank(max(0, begin - 1), 0, len(label)):
            labels.write(begin, 0, label, "dim")
    for saved in state.checkpoints:
        line.put(column(saved.step), 0, glyphs.saved)
    for step in state.pauses:
        line.put(column(step), 0, glyphs.paused, "$warning")
    for change in state.changes:
        line.put(column(change.step), 0, glyphs.changed, "$accent")
    corner = Content.styled(" " * (margin - 1) + glyphs.corner, "dim")
    return [corner + line.lines()[0], *labels.lines()]


def sample_line(
    column: Callable[[float], int],
    state: RunState,
    chosen: Sequence[int],
    glyphs: Glyphs,
    size: tuple[int, int],
) -> Content:
    """Mark the steps at which samples were drawn."""
    margin, width = size
    row = Cells(width, 1)
    steps = sorted({sample.step for sample in state.samples})
    for step in steps:
        row.put(column(step), 0, glyphs.sample, "dim")
    for step in chosen:
        row.put(column(step), 0, glyphs.chosen, "$accent")
    if steps and row.is_blank(column(steps[-1]) + 1, 0, len("samples") + 1):
        row.write(column(steps[-1]) + 2, 0, "samples", "dim")
    return Content(" " * margin) + row.lines()[0]

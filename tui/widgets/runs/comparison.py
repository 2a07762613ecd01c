"""Marked runs side by side: their curves in the same axes, and a table of what differs."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from ...format import one_line
from ...runs.comparing import rows_of
from ...runs.history import History
from ...settings import Marker
from ..chart.overlay_chart import LETTERS, LOOKS, Curve, OverlayChart
from ..lines import Lines, fitted

_WIDEST = 22
_GAP = 2


class Comparison(Vertical, can_focus=True):
    """A chart above a table; the table scrolls."""

    HELP = OverlayChart.HELP
    BINDINGS = [
        Binding("up,k", "scroll_rows(-1)", "rows", key_display="↑↓", tooltip="Rows further up"),
        Binding("down,j", "scroll_rows(1)", "rows", show=False, tooltip="Rows further down"),
    ]

    def __init__(self, marker: Marker) -> None:
        super().__init__()
        self._chart = OverlayChart(marker)
        self._table = ComparisonTable()
        self._histories: Sequence[History] = ()
        self._tokens = self._log = False

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        yield self._chart
        yield self._table

    @property
    def histories(self) -> Sequence[History]:
        """What is compared."""
        return self._histories

    def show(self, histories: Sequence[History]) -> None:
        """Compare runs."""
        self._histories = tuple(histories)
        self._table.show(self._histories)
        self._draw_chart()

    def toggle_tokens(self) -> None:
        """Change between steps and tokens on the lower axis."""
        self._tokens = not self._tokens
        self._draw_chart()

    def toggle_log(self) -> None:
        """Change between a linear and a logarithmic loss axis."""
        self._log = not self._log
        self._draw_chart()

    def action_scroll_rows(self, by: int) -> None:
        """Show other rows of the table."""
        self._table.scroll_rows(by)

    def _draw_chart(self) -> None:
        curves = [_curve(history, self._tokens) for history in self._histories]
        self._chart.show(curves, log=self._log, over="tokens" if self._tokens else "steps")


class ComparisonTable(Lines):
    """A column a run: results first, then the settings in which they differ."""

    def __init__(self) -> None:
        super().__init__()
        self._histories: Sequence[History] = ()
        self._top = 0

    def show(self, histories: Sequence[History]) -> None:
        """Show runs."""
        self._histories = histories
        self.styles.height = len(rows_of(histories)) + 1 if histories else 1  # as much as it needs
        self.redraw()

    def scroll_rows(self, by: int) -> None:
        """Show other rows."""
        most = max(0, len(rows_of(self._histories)) + 1 - self.size.height)
        self._top = max(0, min(self._top + by, most))
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the names, then the rows in sight."""
        if not self._histories:
            return [Content.styled("reading …", "dim")]
        rows = rows_of(self._histories)
        first = max(len(label) for label, _ in rows)
        room = (width - first) // len(self._histories) - _GAP
        cell = max(4, min(_WIDEST, room))
        names = Content.assemble(
            " " * first,
            *(part for n in range(len(self._histories)) for part in self._titled(n, cell)),
        )
        seen = rows[self._top : self._top + max(1, height - 1)]
        return [names, *(_row(label, values, first, cell) for label, values in seen)]

    def _titled(self, place: int, width: int) -> list[tuple[str, str]]:
        name = one_line(self._histories[place].seen.name)
        text = fitted(f"{LETTERS[place]} {name}", width)
        return [(" " * _GAP, ""), (text, f"bold {LOOKS[place]}".strip())]


def _row(label: str, values: Sequence[str], first: int, cell: int) -> Content:
    same = len(set(values)) == 1
    cells = "".join(" " * _GAP + fitted(one_line(value), cell) for value in values)
    return Content.assemble((label.ljust(first), "dim"), (cells, "dim" if same else ""))


def _curve(history: History, tokens: bool) -> Curve:
    if tokens:
        return Curve(history.against_tokens(history.train), history.against_tokens(history.val))
    return Curve(history.train, history.val)

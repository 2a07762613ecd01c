"""The runs, one a line, with as many columns as there is room for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from ...format import NOTHING, age, loss, one_line, size
from ...runs.glance import Glance, state_word
from ..lines import Lines, fitted
from ..sparkline import sparkline

_LEAST_NAME = 14
_GAP = 2
_STYLES = {
    "training": "$accent",
    "starting": "$accent",
    "paused": "$warning",
    "finished": "$success",
    "stopped": "",
    "failed": "$error",
    "crashed": "$error",
    "unreachable": "$warning",
    "damaged": "$error",
}
Cell = Callable[[Glance], str]


@dataclass(frozen=True)
class Column:
    """One column beside the name."""

    title: str
    width: int
    rank: int
    """The highest ones are left out first where there is no room."""
    right: bool = True


_STATE, _CURVE = "state", "curve"
COLUMNS = (
    Column(_STATE, 11, 0, right=False),
    Column("step", 9, 1),
    Column("of", 9, 6),
    Column("val", 6, 2),
    Column(_CURVE, 8, 3, right=False),
    Column("device", 7, 5, right=False),
    Column("size", 7, 7),
    Column("age", 6, 4),
)


class RunTable(Lines, can_focus=True):
    """A table with one line chosen and any number marked; it scrolls where it is too long."""

    HELP = (
        "All runs, the newest first. A run trains in a process of its own, so it stays live when "
        "the app is closed.\n"
        "crashed  its worker is gone and did not say why; what was saved is kept\n"
        "unreachable  it was started on another host, or its worker does not answer\n"
        "Mark two or more with m to compare them with c."
    )
    BINDINGS = [
        Binding("up,k", "move(-1)", "The run above", show=False),
        Binding("down,j", "move(1)", "The run below", show=False),
        Binding("pageup", "move(-10)", "Ten runs up", show=False),
        Binding("pagedown", "move(10)", "Ten runs down", show=False),
        Binding("home,g", "move(-100000)", "The newest run", show=False),
        Binding("end,G", "move(100000)", "The oldest run", show=False),
    ]

    class Highlighted(Message):
        """Another run was chosen, or the chosen one changed."""

        def __init__(self, seen: Glance | None) -> None:
            super().__init__()
            self.seen = seen

    class Chosen(Message):
        """The chosen run was clicked again."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Glance] = []
        self._at = self._top = 0
        self.marked: set[str] = set()
        """Names of the folders of marked runs."""

    @property
    def rows(self) -> Sequence[Glance]:
        """All rows, from the first."""
        return self._rows

    @property
    def chosen(self) -> Glance | None:
        """The run that the keys act on."""
        return self._rows[self._at] if self._rows else None

    def show(self, rows: Sequence[Glance]) -> None:
        """Show runs; the chosen one stays chosen, wherever it is now."""
        before, at = self.chosen, self._at
        self._rows = list(rows)
        self.marked &= {row.run.path.name for row in rows}
        places = [n for n, row in enumerate(rows) if before and row.run.path == before.run.path]
        self._at = places[0] if places else max(0, min(at, len(rows) - 1))
        if self.chosen != before:
            self.post_message(self.Highlighted(self.chosen))
        self.redraw()

    def choose(self, name: str) -> None:
        """Choose a run by its folder's name, if it is there."""
        for place, row in enumerate(self._rows):
            if row.run.path.name == name:
                self.action_move(place - self._at)

    def toggle_mark(self) -> None:
        """Mark the chosen run, or take its mark away, and go on to the next."""
        if self.chosen is not None:
            self.marked ^= {self.chosen.run.path.name}
            self.action_move(1)
            self.redraw()

    def action_move(self, by: int) -> None:
        """Choose a line further up or down."""
        at = max(0, min(self._at + by, len(self._rows) - 1))
        if at != self._at:
            self._at = at
            self.post_message(self.Highlighted(self.chosen))
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        """Choose the line that was clicked; a second click opens it."""
        wanted = self._top + event.y - 1
        if event.y < 1 or wanted >= len(self._rows):
            return
        if wanted == self._at:
            self.post_message(self.Chosen())
        self.action_move(wanted - self._at)

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the headings and what is in sight."""
        columns = columns_for(width)
        room = max(1, height - 1)
        self._top = max(min(self._top, self._at), self._at - room + 1, 0)
        self._top = max(0, min(self._top, len(self._rows) - room))
        name_width = max(1, width - 2 - sum(column.width + _GAP for column in columns))
        seen = self._rows[self._top : self._top + room]
        head = [fitted("run", name_width), *(_aligned(column.title, column) for column in columns)]
        lines = [Content.styled("  " + (" " * _GAP).join(head), "dim")]
        now = time.time()
        for place, row in enumerate(seen, start=self._top):
            lines.append(self._line(row, place, columns, name_width, now))
        return lines

    def _line(
        self, row: Glance, place: int, columns: Sequence[Column], width: int, now: float
    ) -> Content:
        here, marked = place == self._at, row.run.path.name in self.marked
        style = ("bold $accent" if self.has_focus else "bold") if here else ""
        pointer = "▸" if here else " "
        mark = "●" if marked else " "
        parts = [
            (pointer, style),
            (mark, "$accent"),
            (fitted(one_line(row.name), width), style),
        ]
        for column in columns:
            text = _cell(row, column.title, now)
            look = _STYLES.get(text, "") if column.title == _STATE else ""
            parts += [(" " * _GAP, ""), (_aligned(text, column), look)]
        return Content.assemble(*parts)


def columns_for(width: int) -> list[Column]:
    """Choose the columns that leave the names enough room."""
    chosen = list(COLUMNS)
    while chosen and width - 2 - sum(c.width + _GAP for c in chosen) < _LEAST_NAME:
        chosen.remove(max(chosen, key=lambda column: column.rank))
    return chosen


def _cell(row: Glance, title: str, now: float) -> str:
    if title == _STATE:
        return state_word(row.state)
    if title == "step":
        return f"{row.step:,}"
    if title == "of":
        return f"{row.max_steps:,}" if row.max_steps else NOTHING
    if title == "val":
        return loss(row.val_loss)
    if title == _CURVE:
        return sparkline(row.curve, 8)
    if title == "device":
        return row.device or NOTHING
    if title == "size":
        return size(row.bytes)
    return age(now - row.created) if row.created else NOTHING


def _aligned(text: str, column: Column) -> str:
    text = fitted(text, column.width) if cell_len(text) > column.width else text
    return text.rjust(column.width) if column.right else text.ljust(column.width)

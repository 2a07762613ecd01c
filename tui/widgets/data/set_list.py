"""The prepared sets, one a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from ...format import NOTHING, grouped, one_line, size
from ...texts.shelf import Row
from ..lines import FOCUSED, Lines
from .tokenizer_table import WORDS

_TITLE = "prepared sets"
_NONE = "None yet. Enter prepares the bundled text, n another one."
_TOKENS, _VOCAB, _TOKENIZER, _SIZE, _RUNS = 13, 7, 12, 9, 6
_WIDE = 70
"""Cells from which the further columns have room."""


class SetList(Lines, can_focus=True):
    """A list with one line marked; it scrolls by itself where it is longer than its place."""

    HELP: ClassVar[str] = (
        "Texts that are ready to be trained on. tokens counts both parts, the one to train on and "
        "the one held out; vocab is how many different ones there are.\n"
        "Deleting moves a set to the trash folder; a set that a run needs stays."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "choose", key_display="↑↓", tooltip="The set above"),
        Binding("down,j", "move(1)", "choose", show=False, tooltip="The set below"),
        Binding("home,g", "move(-100000)", "The first set", show=False),
        Binding("end,G", "move(100000)", "The last set", show=False),
    ]

    class Marked(Message):
        """Another set has the pointer, or what is known of it changed."""

        def __init__(self, row: Row | None) -> None:
            super().__init__()
            self.row = row

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[Row] = ()
        self._is_read = False
        self._at = 0
        self._top = 0

    @property
    def marked(self) -> Row | None:
        """The set with the pointer."""
        return self.rows[self._at] if self.rows else None

    @property
    def is_empty(self) -> bool:
        """Whether it was looked, and nothing is there."""
        return self._is_read and not self.rows

    def show(self, rows: Sequence[Row], mark: str = "") -> None:
        """Show the sets.

        Args:
            rows: The sets.
            mark: The name of the one to mark; empty keeps the one that was marked.
        """
        name = mark or (self.marked.name if self.marked else "")
        names = [row.name for row in rows]
        at = names.index(name) if name in names else min(self._at, len(rows) - 1)
        self.rows, self._is_read, self._at = rows, True, max(0, at)
        self.redraw()
        self.post_message(self.Marked(self.marked))

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the heading, and as many sets as there is room for."""
        shown = (height - 1) if height else len(self.rows)
        heading = self._heading(width)
        if not self.rows:
            empty = Content(_NONE).wrap(max(4, width)) if self._is_read else [Content("")]
            return [heading, *empty]
        self._top = max(min(self._top, self._at), self._at - shown + 1, 0)
        seen = range(self._top, min(self._top + shown, len(self.rows)))
        return [heading, *(self._line(at, width) for at in seen)]

    def on_focus(self) -> None:
        """Describe the marked set again: the arrows act here now."""
        self.post_message(self.Marked(self.marked))

    def on_click(self, event: events.Click) -> None:
        """Mark the line that was clicked."""
        if event.y > 0 and self._top + event.y <= len(self.rows):
            self.action_move(self._top + event.y - 1 - self._at)

    def action_move(self, by: int) -> None:
        """Mark a line further up or down."""
        at = max(0, min(self._at + by, len(self.rows) - 1))
        if at != self._at:
            self._at = at
            self.redraw()
            self.post_message(self.Marked(self.marked))

    def _heading(self, width: int) -> Content:
        title = Content.styled(_TITLE, FOCUSED if self.has_focus else "bold")
        columns = f"{'tokens':>{_TOKENS}}{'vocab':>{_VOCAB}}"
        if width >= _WIDE:
            columns += f"  {'tokenizer':<{_TOKENIZER}}{'size':>{_SIZE}}{'runs':>{_RUNS}}"
        gap = width - title.cell_length - len(columns)
        if not self.rows or gap < 0:
            return title
        return Content.assemble(title, (" " * gap + columns, "dim"))

    def _line(self, at: int, width: int) -> Content:
        row, marked = self.rows[at], at == self._at
        figures = _figures(row, wide=width >= _WIDE)
        room = max(1, width - 2 - len(figures))
        style = ("bold $accent" if self.has_focus else "bold") if marked else ""
        name = Content.styled(one_line(row.name), style).truncate(room, ellipsis=True, pad=True)
        mark = "▸ " if marked else "  "
        figures_style = "$error" if row.set.meta is None else ""
        return Content.assemble((mark, style), name, (figures, figures_style))


def _figures(row: Row, *, wide: bool) -> str:
    meta = row.set.meta
    if meta is None:
        return f"{'damaged':>{_TOKENS + _VOCAB}}"
    line = f"{grouped(row.tokens):>{_TOKENS}}{grouped(meta.vocab_size):>{_VOCAB}}"
    if wide:
        runs = str(len(row.uses)) if row.uses else NOTHING
        tokenizer = WORDS.get(meta.tokenizer, meta.tokenizer)
        line += f"  {tokenizer:<{_TOKENIZER}}{size(row.bytes):>{_SIZE}}{runs:>{_RUNS}}"
    return line

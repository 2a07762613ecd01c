"""A list with a heading that stays and a pointer on one of its lines."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.scroll_view import ScrollView

HEADING = 1
"""Lines of the heading."""


class PointedList(ScrollView, can_focus=True, inherit_bindings=False):
    """Moves the pointer, and keeps it in view; what the lines are is its subclass's."""

    DEFAULT_CSS = """
    PointedList {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "choose", key_display="↑↓", tooltip="The line above"),
        Binding("down", "move(1)", "choose", show=False, tooltip="The line below"),
        Binding("pageup", "page(-1)", "A page of the list up", show=False),
        Binding("pagedown", "page(1)", "A page of the list down", show=False),
        Binding("home,g", "move_to(0)", "The first line", show=False),
        Binding("end,G", "move_to(-1)", "The last line", show=False),
    ]

    row: reactive[int] = reactive(0, init=False)
    """Which line has the pointer, from 0."""

    @property
    def count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def validate_row(self, row: int) -> int:
        """Keep the pointer in the list."""
        return max(0, min(row, self.count - 1))

    def watch_row(self, old: int, new: int) -> None:
        """Move the pointer."""
        for index in (old, new):
            self.refresh_line(index + HEADING)
        self.bring_into_view()

    def on_click(self, event: events.Click) -> None:
        """Choose a line."""
        if event.y >= HEADING and self.count:
            self.row = event.y + self.scroll_offset.y - HEADING

    def action_move(self, rows: int) -> None:
        """Move the pointer."""
        self.row += rows

    def action_page(self, pages: int) -> None:
        """Move the pointer by what is in view."""
        self.row += pages * max(1, self.size.height - HEADING - 1)

    def action_move_to(self, row: int) -> None:
        """Move the pointer to a line; -1 is the last."""
        self.row = row if row >= 0 else self.count - 1

    def on_resize(self) -> None:
        """Keep the pointer in view."""
        self.bring_into_view()

    def bring_into_view(self) -> None:
        """Scroll to the line with the pointer."""
        # The heading covers the first line in view.
        top, height = self.scroll_offset.y, self.size.height - HEADING
        if self.row < top:
            self.scroll_to(y=self.row, animate=False, immediate=True, force=True)
        elif height > 0 and self.row >= top + height:
            self.scroll_to(y=self.row - height + 1, animate=False, immediate=True, force=True)

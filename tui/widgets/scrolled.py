"""Lines of which some are in sight, to be scrolled with the keys."""

from __future__ import annotations

from textual.binding import Binding

from .lines import Lines


class Scrolled(Lines, can_focus=True):
    """Base of widgets that show a part of what they have; subclasses draw it."""

    BINDINGS = [
        Binding("up,k", "scroll(-1)", "scroll", show=False, key_display="↑↓", tooltip="A line up"),
        Binding("down,j", "scroll(1)", "scroll", show=False, tooltip="A line down"),
        Binding("pageup", "page(-1)", "A page up", show=False),
        Binding("pagedown", "page(1)", "A page down", show=False),
        Binding("home,g", "scroll(-1000)", "The start", show=False),
        Binding("end,G", "scroll(1000)", "The end", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._top = 0
        self._room = 1

    def in_sight(self, count: int, room: int) -> range:
        """Give the numbers of the lines in sight, of so many; never past the last one."""
        self._room = max(1, room)
        self._top = max(0, min(self._top, count - self._room))
        return range(self._top, min(count, self._top + self._room))

    def to_start(self) -> None:
        """Begin with the first line when it is next drawn."""
        self._top = 0

    def action_scroll(self, by: int) -> None:
        """Go up or down; what is too far is cut when it is drawn."""
        self._top = max(0, self._top + by)
        self.redraw()

    def action_page(self, pages: int) -> None:
        """Go by what is in sight."""
        self.action_scroll(pages * self._room)

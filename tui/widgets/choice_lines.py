"""A few lines of which one is chosen with the arrows."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.binding import Binding
from textual.content import Content

from .lines import Lines

_MARK = "> "
"""Plain: it must be seen whatever glyphs a terminal shows."""


class ChoiceLines(Lines, can_focus=True):
    """Lines with one marked; it is as high as it has lines.

    Args:
        lines: What to choose from; at least one.
        at: Which one is marked at first, from 0.
    """

    BINDINGS = [
        Binding("up,k", "move(-1)", "choose", key_display="↑↓", tooltip="The line above"),
        Binding("down,j", "move(1)", "choose", show=False, tooltip="The line below"),
    ]

    DEFAULT_CSS = """
    ChoiceLines { height: auto; }
    """

    def __init__(self, lines: Sequence[Content], at: int = 0) -> None:
        super().__init__()
        self._lines = lines
        self._at = at

    @property
    def at(self) -> int:
        """Which line is marked, from 0."""
        return self._at

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the lines."""
        return [self._line(place, line) for place, line in enumerate(self._lines)]

    def on_click(self, event: events.Click) -> None:
        """Mark the line that was clicked."""
        self.action_move(event.y - self._at)

    def mark(self, at: int) -> None:
        """Mark a line, by its number from 0."""
        self._at = at
        self.redraw()

    def action_move(self, by: int) -> None:
        """Mark another line."""
        self.mark(max(0, min(self._at + by, len(self._lines) - 1)))

    def _line(self, place: int, line: Content) -> Content:
        if place != self._at:
            return Content(" " * len(_MARK)) + line
        style = "bold $accent" if self.has_focus else "bold"
        return Content.styled(_MARK, style) + line.stylize("bold")

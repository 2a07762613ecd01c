"""The changes of a text below each other: `57  temperature  0.80→1.20`."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from ...play.changes import Change

_ROOMY = 36
"""Cells from which the names are written in full."""


class ChangesList(Widget):
    """The newest changes, as many as there is room for.

    Args:
        ascii_only: Draw with ASCII characters.
    """

    DEFAULT_CSS = """
    ChangesList { height: 1fr; }
    """

    changes: reactive[tuple[Change, ...]] = reactive(())

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._arrow = "->" if ascii_only else "→"

    def render(self) -> Content:
        """Draw a heading and the changes."""
        shown = self.changes[-max(0, self.size.height - 1) :] if self.size.height > 1 else ()
        if not shown:
            return Content("")
        roomy = self.size.width >= _ROOMY
        lines = [
            f"{change.tokens:>6,} {_name(change.name, roomy)} {change.old}{self._arrow}{change.new}"
            for change in shown
        ]
        return Content("\n").join([Content.styled("changed at token", "dim"), *map(Content, lines)])


def _name(name: str, roomy: bool) -> str:
    return f"{name:<11}" if roomy else f"{name if len(name) <= 5 else name[:4]:<5}"

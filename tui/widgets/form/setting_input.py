"""Where a setting is typed: over its value in the list."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.widgets import Input


class SettingInput(Input):
    """A line in the place of the value; it shows nothing until it is opened."""

    DEFAULT_CSS = """
    SettingInput {
        display: none; layer: over; position: absolute; width: 20; border: none;
        background: ansi_default;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "set", key_display="Enter", tooltip="Take what is typed"),
    ]

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=True)
        self.cursor_blink = False  # an idle screen sends nothing

    def open(self, text: str, at: Offset, width: int) -> None:
        """Show a text to change.

        Args:
            text: What stands there at first.
            at: The first cell, counted from the container's corner.
            width: Cells.
        """
        self.value = text
        self.place(at, width)
        self.display = True
        self.focus()

    def place(self, at: Offset, width: int) -> None:
        """Go to where the value is drawn now; what was typed stays."""
        self.styles.offset = at
        self.styles.width = max(4, width)

    def close(self) -> None:
        """Show nothing."""
        self.display = False

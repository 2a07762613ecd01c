"""What `?` shows: every key that does something, then what is in focus and what the screen is."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Static

from ..offers import in_rows, offers
from ..widgets.help_text import HelpText
from .base import Dialog
from .dialogs import keys_line

_TERMINAL = (
    "If the terminal acts strangely after a lost connection, type: reset\n"
    "To select text with the mouse, hold Shift (Option on a Mac)."
)


class HelpScreen(Dialog[None]):
    """A page on a screen, for what is in focus there first."""

    BINDINGS = [("escape,enter,q,question_mark,f1", "dismiss(None)", "close")]

    def __init__(self, about: Screen[object]) -> None:
        super().__init__()
        self._title = f"Help: {getattr(about, 'PLACE', '')}".rstrip(": ")
        rows = in_rows(offers(about))
        self._text = HelpText(rows, [*_texts(about), _TERMINAL])
        self._keys = Static(classes="keys")

    def compose(self) -> ComposeResult:
        """Show the keys, then the texts."""
        with Vertical(id="page"):
            yield Static(self._title, classes="heading", markup=False)
            with VerticalScroll():
                yield self._text
            yield self._keys

    def on_resize(self, event: events.Resize) -> None:
        """Say that it scrolls where it does."""
        self.call_after_refresh(self._show_keys)

    def _show_keys(self) -> None:
        scrolls = self.query_one(VerticalScroll).max_scroll_y > 0
        pairs = [("Esc", "close"), *([("↑↓", "scroll")] if scrolls else [])]
        self._keys.update(keys_line(*pairs))


def _texts(screen: Screen[object]) -> list[str]:
    """Give the help of the focused widget, of those it lies in, and of the screen."""
    start: DOMNode = screen.focused or screen
    found = [getattr(node, "HELP", "") for node in start.ancestors_with_self]
    return [text.strip() for text in found if text]

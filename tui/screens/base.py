"""What all screens share, dialogs and palette among them: each closes once, and needs room."""

from __future__ import annotations

from textual import events
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.geometry import Size
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.widgets import Static

SMALLEST = Size(60, 18)


def is_too_small(size: Size) -> bool:
    """Say whether a terminal has too little room to see what one does."""
    return size.width < SMALLEST.width or size.height < SMALLEST.height


class BaseScreen(Screen[ScreenResultType]):
    """A screen that closes once, and says what is missing where there is no room."""

    def on_resize(self, event: events.Resize) -> None:
        """Say how much is missing where there is no room.

        The notice covers the screen. Where it was never needed it is not there: what is mounted
        late is laid out once more, beside whatever changes its height at that moment.
        """
        is_small = is_too_small(event.size)
        self.set_class(is_small, "-too-small")
        if not is_small or not self.is_attached:
            return
        small, least = (f"{w}\N{MULTIPLICATION SIGN}{h}" for w, h in (event.size, SMALLEST))
        words = f"needs at least {least}, this is {small}"
        for notice in self.query("#too-small").results(Static):
            notice.update(words)
            return
        self.mount(Static(words, id="too-small", markup=False))

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close, unless it is closed: two keys may come before the first one has done it.

        Textual would close whatever lies on top then.
        """
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Dialog(ModalScreen[ScreenResultType], BaseScreen[ScreenResultType]):
    """A screen that lies over another until it is answered."""


class Palette(CommandPalette, BaseScreen[None]):
    """All that can be done now, by name."""

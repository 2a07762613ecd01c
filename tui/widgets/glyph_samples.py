"""The same curve in each marker style, to see which of them this terminal shows."""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.binding import Binding
from textual.content import Content

from ..settings import Marker
from .lines import Lines


class _Style(NamedTuple):
    marker: Marker
    curve: str
    words: str


STYLES = (
    _Style("braille", "⠉⠉⠑⠒⠒⠢⠤⠤⢄⣀⣀⣀", "braille dots, the finest"),
    _Style("block", "▀▀▀▀▀▚▄▄▄▄▄▄", "quarter blocks, coarser"),
    _Style("ascii", "``--...._____"[:12], "plain characters, everywhere"),
)


class GlyphSamples(Lines, can_focus=True):
    """Three lines of samples, with one marked.

    Args:
        marker: The style in use.
    """

    BINDINGS = [
        Binding("up,k", "move(-1)", "choose", key_display="↑↓", tooltip="The sample above"),
        Binding("down,j", "move(1)", "choose", show=False, tooltip="The sample below"),
    ]

    DEFAULT_CSS = """
    GlyphSamples { height: auto; }
    """

    def __init__(self, marker: Marker) -> None:
        super().__init__()
        self._at = [style.marker for style in STYLES].index(marker)

    @property
    def chosen(self) -> Marker:
        """The marked style."""
        return STYLES[self._at].marker

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the samples; the mark is plain, for it must be seen whatever fails."""
        lines = []
        for place, style in enumerate(STYLES):
            marked = place == self._at
            lines.append(
                Content.assemble(
                    ("> " if marked else "  ", "bold $accent"),
                    (f"{place + 1}  ", "dim"),
                    (style.curve, ""),
                    "   ",
                    (style.words, "bold" if marked else "dim"),
                )
            )
        return lines

    def on_click(self, event: events.Click) -> None:
        """Mark the sample that was clicked."""
        self.action_move(event.y - self._at)

    def action_move(self, by: int) -> None:
        """Mark another sample."""
        self._at = max(0, min(self._at + by, len(STYLES) - 1))
        self.redraw()

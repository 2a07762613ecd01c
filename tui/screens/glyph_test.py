"""Which glyphs does this terminal show? Only eyes can tell."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.filter import LineFilter
from textual.widgets import Static

from ..ascii_only import AsciiOnly
from ..settings import Marker
from ..widgets.choice_lines import ChoiceLines
from .base import Dialog
from .dialogs import keys_line

_SAMPLES: dict[Marker, tuple[str, str]] = {
    "braille": ("⠉⠉⠑⠒⠒⠢⠤⠤⢄⣀⣀⣀", "braille dots, the finest"),
    "block": ("▀▀▀▀▀▚▄▄▄▄▄▄", "quarter blocks, coarser"),
    "ascii": ("``---....___", "plain characters, seen everywhere"),
}
"""A falling curve in each style, and what the style is."""


class _Samples(ChoiceLines):
    """Lines that keep their glyphs, also where all else is drawn in ASCII."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Put no stand-ins: the question is whether the glyphs themselves can be seen."""
        return [one for one in super().get_line_filters() if not isinstance(one, AsciiOnly)]


class GlyphTest(Dialog[Marker]):
    """Shows the samples; Enter takes the marked one, Esc changes nothing."""

    BINDINGS = [
        ("enter", "take", "take"),
        ("escape", "dismiss(None)", "back"),
    ]

    def __init__(self, marker: Marker) -> None:
        super().__init__()
        lines = [
            Content.assemble(curve, "   ", (words, "dim")) for curve, words in _SAMPLES.values()
        ]
        self._samples = _Samples(lines, list(_SAMPLES).index(marker))

    def compose(self) -> ComposeResult:
        """Show the question, the samples and the keys."""
        with Vertical(classes="dialog"):
            yield Static("Can you see these three?", classes="heading", markup=False)
            yield Static(
                "Each is a curve that falls from left to right. Boxes, question marks or gaps "
                "mean that the terminal or its font cannot show it. Take the first that looks "
                "right.",
                markup=False,
            )
            yield Static("")
            yield self._samples
            keys = (("Enter", "take it"), ("j k", "down, up"), ("Esc", "back"))
            yield Static(keys_line(*keys), classes="keys")

    def action_take(self) -> None:
        """Close with the marked style."""
        self.dismiss(list(_SAMPLES)[self._samples.at])

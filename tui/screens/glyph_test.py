"""Which glyphs does this terminal show? Only eyes can tell."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from ..settings import Marker
from ..widgets.glyph_samples import GlyphSamples
from .dialogs import keys_line


class GlyphTest(ModalScreen[Marker]):
    """Shows the samples; Enter takes the marked one, Esc changes nothing."""

    BINDINGS = [
        ("enter", "take", "take"),
        ("escape", "dismiss(None)", "back"),
    ]

    def __init__(self, marker: Marker) -> None:
        super().__init__()
        self._samples = GlyphSamples(marker)

    def compose(self) -> ComposeResult:
        """Show the question, the samples and the keys."""
        with Vertical(classes="dialog"):
            yield Static("Can you see these three?", classes="heading", markup=False)
            yield Static(
                "Each line is one falling curve. Boxes, question marks or gaps mean that this "
                "terminal or its font cannot show it. Take the first one that looks right.",
                markup=False,
            )
            yield Static("")
            yield self._samples
            keys = (("Enter", "take the marked one"), ("up down", "mark"), ("Esc", "back"))
            yield Static(keys_line(*keys), classes="keys")

    def action_take(self) -> None:
        """Close with the marked style."""
        self.dismiss(self._samples.chosen)

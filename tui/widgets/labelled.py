"""A label before a line to type in; it is marked while what is typed goes there."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import HorizontalGroup
from textual.widgets import Input, Static


class Labelled(HorizontalGroup):
    """One line.

    Args:
        label: Its name.
        field: What is typed in.
        width: Cells of the label, with the blanks after it.
    """

    DEFAULT_CSS = """
    Labelled { height: 1; }
    Labelled > .label { width: auto; }
    Labelled.-reached > .label { color: $accent; text-style: bold underline; }
    Labelled > Input { width: 1fr; }
    """

    def __init__(
        self,
        label: str,
        field: Input,
        width: int,
        *,
        id: str | None = None,  # noqa: A002 (Textual's name for it)
    ) -> None:
        super().__init__(id=id)
        self._label = Static(label, classes="label", markup=False)
        self._label.styles.margin = (0, width - len(label), 0, 0)
        self._field = field

    def compose(self) -> ComposeResult:
        """Put the two beside each other."""
        yield self._label
        yield self._field

    # Not `:focus-within`: it stays on the label when the focus has gone on.
    def on_descendant_focus(self) -> None:
        """Mark the label."""
        self.add_class("-reached")

    def on_descendant_blur(self) -> None:
        """Unmark it."""
        self.remove_class("-reached")

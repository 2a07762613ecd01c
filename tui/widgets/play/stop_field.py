r"""The words at which a text ends: `stop \n\n`."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from ttgpt.engine.convert import escaped, unescaped


class StopField(Horizontal):
    r"""A label and a field; a line end is typed as `\n`."""

    HELP: ClassVar[str] = (
        "A text ends once it has written these words; empty lets it go on to its length. "
        "A line end is typed as \\n, so \\n\\n ends it after a speech."
    )

    DEFAULT_CSS = """
    StopField { height: 1; width: 1fr; }
    StopField > Static { width: auto; margin-right: 1; }
    StopField > Input { width: 1fr; background: transparent; }
    StopField:focus-within > Static { color: $accent; text-style: bold underline; }
    """

    def compose(self) -> ComposeResult:
        """Put the field after its label."""
        yield Static("stop", markup=False)
        field = Input(placeholder="none", compact=True, select_on_focus=False)
        field.cursor_blink = False
        yield field

    @property
    def words(self) -> str:
        """The words, with the line ends that were typed."""
        return unescaped(self.query_one(Input).value)

    @words.setter
    def words(self, words: str) -> None:
        self.query_one(Input).value = escaped(words)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Take Enter as the end of typing."""
        message.stop()
        self.screen.focus_next()

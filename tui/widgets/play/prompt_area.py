r"""The editor of the prompt: Enter is left to the screen, a line end is typed as `\n` or Ctrl+J."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from ...format import visible


class PromptArea(TextArea):
    """A few lines of text whose line ends can be seen.

    Args:
        text: The text to begin with.
        ascii_only: Draw with ASCII characters.
    """

    HELP: ClassVar[str] = (
        "The text that the model continues. Enter writes.\n"
        "A line end is typed as \\n, or with Ctrl+J; a pasted text keeps its own. It matters: "
        "after ROMEO: a model often has to write the line end itself first.\n"
        "Characters that the checkpoint has never seen are named beneath. An empty prompt starts "
        "where texts begin, at a line end."
    )

    DEFAULT_CSS = """
    PromptArea {
        height: auto;
        min-height: 1;
        max-height: 4;
        border: none;
        padding: 0;
        background: transparent;
        scrollbar-size-vertical: 1;
        &:focus { border: none; }
        & .text-area--placeholder { text-style: dim; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+j,shift+enter",
            "line_end",
            "line end",
            key_display="\\n",
            tooltip="A line end in the prompt",
        ),
    ]

    def __init__(self, text: str, *, ascii_only: bool = False) -> None:
        super().__init__(
            text,
            compact=True,
            highlight_cursor_line=False,
            placeholder="empty: begins at a line end",
        )
        self._line_end = "" if ascii_only else "↵"
        self._unknown: Callable[[str], list[int]] = lambda text: []
        # A blinking cursor repaints for ever; over a slow link nothing should.
        self.cursor_blink = False
        self.match_cursor_bracket = False

    def mark_unknown(self, unknown: Callable[[str], list[int]]) -> None:
        """Mark characters by their places in a line, from now on."""
        self._unknown = unknown
        self._line_cache.clear()
        self.refresh()

    def get_line(self, line_index: int) -> Text:
        """Give a line with its control characters and its line end made visible."""
        line = self.document.get_line(line_index)
        text = Text(visible(line), end="", no_wrap=True)
        for place in self._unknown(line):
            text.stylize("reverse bold red", place, place + 1)
        if line_index < self.document.line_count - 1:
            text.append(self._line_end, "dim")
        return text

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.prevent_default()  # not stopped: it goes on to the screen
        elif event.character == "n" and self._backslashes_before_cursor():
            event.stop()
            event.prevent_default()
            self._end_escape()

    def action_line_end(self) -> None:
        """Insert a line end."""
        self.replace("\n", *self.selection, maintain_selection_offset=False)

    def _backslashes_before_cursor(self) -> int:
        row, column = self.cursor_location
        before = self.document.get_line(row)[:column]
        return 0 if self.selected_text else len(before) - len(before.rstrip("\\"))

    def _end_escape(self) -> None:
        r"""Turn `\n` into a line end, and `\\n` into the two characters `\n`."""
        row, column = self.cursor_location
        text = "n" if self._backslashes_before_cursor() > 1 else "\n"
        self.replace(text, (row, column - 1), (row, column), maintain_selection_offset=False)

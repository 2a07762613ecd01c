"""The prompt with what the chosen checkpoint thinks of it: how long it is, what is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static, TextArea

from ...format import grouped, one_line
from ...play.choices import Vocabulary
from ..lines import FOCUSED
from .prompt_area import PromptArea

_MOST_NAMED = 8


class Prompt(Vertical):
    """A heading with the length in tokens, the editor, and a line for what does not fit.

    Args:
        text: The text to begin with.
        ascii_only: Draw with ASCII characters.
    """

    DEFAULT_CSS = """
    Prompt { height: auto; }
    Prompt > .prompt--note { height: auto; color: $warning; display: none; }
    Prompt > .prompt--note.-shown { display: block; }
    """

    class Changed(Message):
        """The text is another one now."""

    class _Heading(Widget):
        DEFAULT_CSS: ClassVar[str] = "_Heading { height: 1; }"

        length: reactive[str] = reactive("")
        is_marked: reactive[bool] = reactive(False)

        def render(self) -> Content:
            """Draw the word and the length."""
            room = max(0, self.size.width - len("prompt"))
            style = FOCUSED if self.is_marked else "dim"
            return Content.assemble(("prompt", style), (f"{self.length:>{room}}", "dim"))

    def __init__(self, text: str = "", *, ascii_only: bool = False) -> None:
        super().__init__()
        self._heading = self._Heading()
        self._area = PromptArea(text, ascii_only=ascii_only)
        self._note = Static("", classes="prompt--note", markup=False)
        self._vocabulary: Vocabulary | None = None

    def compose(self) -> ComposeResult:
        """Put the three parts below each other."""
        yield self._heading
        yield self._area
        yield self._note

    @property
    def text(self) -> str:
        """The prompt."""
        return self._area.text

    @text.setter
    def text(self, text: str) -> None:
        self._area.text = text
        self._area.move_cursor(self._area.document.end)

    @property
    def unknown(self) -> list[str]:
        """The characters that the checkpoint has never seen, each once, in their order."""
        if self._vocabulary is None:
            return []
        places = self._vocabulary.tokenizer.unknown(self.text)
        return list(dict.fromkeys(self.text[place] for place in places))

    @property
    def unknown_named(self) -> str:
        """The unknown characters as a person can read them."""
        return _named(self.unknown)

    @property
    def vocabulary(self) -> Vocabulary | None:
        """What the checkpoint can read; None when it is not known."""
        return self._vocabulary

    def set_vocabulary(self, vocabulary: Vocabulary | None) -> None:
        """Judge the text by a checkpoint's vocabulary; None when it is not known."""
        self._vocabulary = vocabulary
        unknown = vocabulary.tokenizer.unknown if vocabulary is not None else lambda text: []
        self._area.mark_unknown(unknown)
        self._judge()

    def on_mount(self) -> None:
        """Judge the first text."""
        self._judge()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Mark the heading while what is typed goes here."""
        self._heading.is_marked = True

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Unmark it."""
        self._heading.is_marked = False

    def on_text_area_changed(self, message: TextArea.Changed) -> None:
        """Judge the new text and tell the parent."""
        message.stop()
        self._judge()
        self.post_message(self.Changed())

    def _judge(self) -> None:
        unknown = self.unknown
        note = f"never seen in training: {_named(unknown)}" if unknown else ""
        if self._vocabulary is None:
            self._heading.length = f"{grouped(len(self.text))} characters"
        else:
            tokens = self._tokens(unknown)
            self._heading.length = f"{grouped(tokens)}/{grouped(self._vocabulary.block_size)}"
            if tokens > self._vocabulary.block_size and not note:
                note = f"it reads only the last {grouped(self._vocabulary.block_size)}"
        self._note.update(note)
        self._note.set_class(bool(note), "-shown")

    def _tokens(self, unknown: Iterable[str]) -> int:
        assert self._vocabulary is not None
        known = self.text.translate({ord(character): None for character in unknown})
        return len(self._vocabulary.tokenizer.encode(known))


def _named(characters: list[str]) -> str:
    shown = " ".join(
        "blank" if character == " " else one_line(character)
        for character in characters[:_MOST_NAMED]
    )
    more = len(characters) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown

"""One of a few: `tokenizer  ◂ characters ▸`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from .lines import FOCUSED


class Choice(NamedTuple):
    """Something to choose, and how it is written."""

    value: str
    words: str


class ChoiceField(Widget, can_focus=True):
    """One line: a label and what is chosen; the arrows choose another.

    Args:
        label: Its name.
        choices: What there is to choose; the first is chosen.
        label_width: Cells kept for the label, so that fields below each other line up.
    """

    DEFAULT_CSS = """
    ChoiceField { height: 1; width: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "choose(-1)", "choose", key_display="←→", tooltip="The one before"),
        Binding("right,space", "choose(1)", "choose", show=False, tooltip="The next one"),
        Binding("up", "app.focus_previous", "The field before", show=False),
        Binding("down", "app.focus_next", "The field after", show=False),
    ]

    at: reactive[int] = reactive(0, init=False)
    """Which one is chosen, from 0."""

    class Changed(Message):
        """Another one is chosen."""

        def __init__(self, field: ChoiceField) -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> ChoiceField:
            """The field, for `on` selectors."""
            return self.field

    def __init__(
        self,
        label: str,
        choices: Sequence[Choice],
        *,
        label_width: int = 0,
        id: str | None = None,  # noqa: A002 (Textual's name for it)
    ) -> None:
        super().__init__(id=id)
        self.label = label
        self.choices = list(choices)
        self._label_width = label_width

    @property
    def value(self) -> str:
        """What is chosen."""
        return self.choices[self.at].value

    @value.setter
    def value(self, value: str) -> None:
        values = [choice.value for choice in self.choices]
        self.at = values.index(value) if value in values else 0

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Offer others; what was chosen stays if it is among them."""
        chosen = self.value
        self.choices = list(choices)
        self.value = chosen
        self.refresh(layout=self.styles.is_auto_width)

    def validate_at(self, at: int) -> int:
        """Go round at both ends."""
        return at % len(self.choices)

    def watch_at(self) -> None:
        """Tell the parent."""
        self.refresh(layout=self.styles.is_auto_width)
        self.post_message(self.Changed(self))

    def render(self) -> Content:
        """Write the label and what is chosen."""
        style = "bold" if self.has_focus else ""
        return Content.assemble(
            (self.label, FOCUSED if self.has_focus else ""),
            " " * max(1 if self.label else 0, self._label_width - len(self.label)),
            ("◂ ", "dim"),
            (self.choices[self.at].words, style),
            (" ▸", "dim"),
        )

    def action_choose(self, by: int) -> None:
        """Choose another one."""
        self.at += by

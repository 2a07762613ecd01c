"""A name, a field to type in, and where its value comes from."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static


class LabelledInput(Horizontal):
    """One line.

    Args:
        label: Its name.
        value: What it holds at first.
        placeholder: What is said where it is empty.
        origin: Gives the word for where a value comes from.
    """

    DEFAULT_CSS = """
    LabelledInput {
        height: 1;
        & > .label { width: 23; text-style: dim; }
        & > Input { width: 1fr; }
        & > .origin { width: 10; padding-left: 1; text-style: dim; }
        &:focus-within > .label { text-style: bold; color: $accent; }
        &.-changed > .origin { text-style: bold; color: $warning; }
    }
    """

    def __init__(
        self,
        label: str,
        value: str,
        *,
        placeholder: str = "",
        origin: Callable[[str], str] = lambda value: "",
    ) -> None:
        super().__init__()
        self.label = label
        self._first = value
        self._origin = origin
        self._field = Input(value, placeholder, compact=True, select_on_focus=False)
        # A blinking cursor repaints for ever; over a slow link nothing should.
        self._field.cursor_blink = False
        self._word = Static(origin(value), classes="origin", markup=False)

    def compose(self) -> ComposeResult:
        """Put the three beside each other."""
        yield Static(Content(self.label), classes="label")
        yield self._field
        yield self._word

    @property
    def value(self) -> str:
        """What it holds, without blanks around it."""
        return self._field.value.strip()

    @property
    def is_changed(self) -> bool:
        """Whether it holds something else than at first."""
        return self.value != self._first

    def on_input_changed(self) -> None:
        """Say where the value comes from now."""
        self._word.update(self._origin(self.value))
        self.set_class(self.is_changed, "-changed")

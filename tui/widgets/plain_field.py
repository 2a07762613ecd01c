"""A line of text to type in, without a frame."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class PlainField(Input):
    """An input of one line.

    Args:
        value: What stands in it.
        placeholder: What counts while it is empty.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", "The field before", show=False),
        Binding("down", "app.focus_next", "The field after", show=False),
    ]

    def __init__(
        self,
        value: str = "",
        placeholder: str = "",
        *,
        id: str | None = None,  # noqa: A002 (Textual's name for it)
    ) -> None:
        super().__init__(value, placeholder=placeholder, compact=True, id=id)
        # A blinking cursor repaints for ever; over a slow link nothing should.
        self.cursor_blink = False

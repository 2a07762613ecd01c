"""How much of a text is held out for validation, and where: its end, or a whole file."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import HorizontalGroup
from textual.message import Message

from ttgpt.engine.data.sources import shown_name

from ..choice_field import Choice, ChoiceField
from ..number_field import NumberField
from ..scale import Linear, Number

END = ""
"""Stands for the end of the text among the files."""


class _Percent(Linear):
    """Per cents; what is whole is written so."""

    def write(self, value: Number) -> str:
        """See `Scale.write`."""
        return f"{value:g} %"


class _Whole(_Percent):
    """Stands where a whole file is held out, whatever its share."""

    def write(self, value: Number) -> str:
        """See `Scale.write`."""
        return "file"


_ENDS = (0.1, 50, 1, 5, 1)


class HeldOut(HorizontalGroup):
    """One line: the share, and beside it what is held out where there is a choice.

    Args:
        label_width: Cells kept for the label.
    """

    DEFAULT_CSS = """
    HeldOut { height: 1; }
    HeldOut > ChoiceField { margin-left: 2; }
    HeldOut > ChoiceField.-hidden { display: none; }
    """

    class Changed(Message):
        """Another part is held out."""

    def __init__(self, *, label_width: int) -> None:
        super().__init__()
        self._share = NumberField("held out", _Percent(*_ENDS), 10, label_width=label_width)
        self._part = ChoiceField("", [_the_end()])
        self._part.add_class("-hidden")

    def compose(self) -> ComposeResult:
        """Put the two beside each other."""
        yield self._share
        yield self._part

    @property
    def percent(self) -> float:
        """The share of the text, in per cent."""
        return self._share.value

    @property
    def file(self) -> str:
        """The file that is held out; empty where it is the end of the text."""
        return self._part.value

    def offer(self, files: Sequence[str]) -> None:
        """Let one of several files be held out."""
        several = files if len(files) > 1 else ()
        names = [Choice(file, shown_name(file)) for file in several]
        self._part.set_choices([_the_end(), *names])
        self._part.set_class(not several, "-hidden")

    def on_number_field_changed(self, message: NumberField.Changed) -> None:
        """Tell the parent."""
        message.stop()
        self.post_message(self.Changed())

    def on_choice_field_changed(self, message: ChoiceField.Changed) -> None:
        """Ask for a share only where it counts, and tell the parent."""
        message.stop()
        self._share.set_scale((_Whole if self.file else _Percent)(*_ENDS))
        self._share.disabled = bool(self.file)
        self.post_message(self.Changed())


def _the_end() -> Choice:
    return Choice(END, "at the end")

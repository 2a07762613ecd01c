"""A handful of switches in columns, each with a figure beside it: `[x] blanks  412`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from .lines import FOCUSED, Lines

_COLUMN = 18
"""Cells that a switch takes with its figure."""


class Switch(NamedTuple):
    """A switch of two positions or more; the first is off."""

    key: str
    words: tuple[str, ...]
    """What stands beside the box in each position."""
    about: str
    """A sentence on what it does."""


class Switches(Lines, can_focus=True):
    """The arrows go from one to the other, the blank turns it.

    Args:
        switches: What there is to switch; all are off.
    """

    DEFAULT_CSS = """
    Switches { height: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", "switch", key_display="Space", tooltip="Switch it on or off"),
        Binding("left", "aside(-1)", "go", key_display="←→↑↓", tooltip="The switch to the left"),
        Binding("right", "aside(1)", "go", show=False, tooltip="The switch to the right"),
        Binding("up", "along(-1)", "go", show=False, tooltip="The switch above"),
        Binding("down", "along(1)", "go", show=False, tooltip="The switch below"),
    ]

    class Changed(Message):
        """A switch was turned."""

    class Reached(Message):
        """The cursor is at another switch."""

        def __init__(self, switch: Switch) -> None:
            super().__init__()
            self.switch = switch

    def __init__(self, switches: Sequence[Switch]) -> None:
        super().__init__()
        self._switches = tuple(switches)
        self._positions = dict.fromkeys((one.key for one in switches), 0)
        self._figures: Mapping[str, str] = {}
        self._at = 0

    @property
    def positions(self) -> dict[str, int]:
        """Where each stands; 0 is off."""
        return dict(self._positions)

    @property
    def reached(self) -> Switch:
        """The one with the cursor."""
        return self._switches[self._at]

    def show_figures(self, figures: Mapping[str, str]) -> None:
        """Put figures beside the switches, by their keys."""
        self._figures = figures
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the switches in rows."""
        columns = self._columns(width)
        rows = range(0, len(self._switches), columns)
        return [
            Content("").join(self._cell(at) for at in range(at, at + columns) if at < self._count)
            for at in rows
        ]

    def on_focus(self) -> None:
        """Tell which switch the arrows are at."""
        self.post_message(self.Reached(self.reached))

    def on_click(self, event: events.Click) -> None:
        """Turn the switch that was clicked."""
        at = event.y * self._columns(self.size.width) + event.x // (_COLUMN + 1)
        if at < self._count:
            self._go(at)
            self.action_turn()

    def action_turn(self) -> None:
        """Turn the switch with the cursor to its next position."""
        switch = self.reached
        self._positions[switch.key] = (self._positions[switch.key] + 1) % len(switch.words)
        self.redraw()
        self.post_message(self.Changed())

    def action_aside(self, by: int) -> None:
        """Go to the switch before or after."""
        if 0 <= self._at + by < self._count:
            self._go(self._at + by)

    def action_along(self, by: int) -> None:
        """Go a row up or down, and at the ends to the next field."""
        at = self._at + by * self._columns(self.size.width)
        if 0 <= at < self._count:
            self._go(at)
        else:
            (self.screen.focus_next if by > 0 else self.screen.focus_previous)()

    @property
    def _count(self) -> int:
        return len(self._switches)

    def _columns(self, width: int) -> int:
        return max(1, (width + 1) // (_COLUMN + 1))

    def _go(self, at: int) -> None:
        self._at = at
        self.redraw()
        self.post_message(self.Reached(self.reached))

    def _cell(self, at: int) -> Content:
        switch = self._switches[at]
        position = self._positions[switch.key]
        words = switch.words[position]
        figure = self._figures.get(switch.key, "")
        gap = max(1, _COLUMN - 4 - len(words) - len(figure)) if figure else 0
        style = FOCUSED if self.has_focus and at == self._at else ""
        cell = Content.assemble(
            ("[x] " if position else "[ ] ", "$accent" if position else "dim"),
            (words, style),
            (" " * gap + figure, "dim"),
        )
        return cell.truncate(_COLUMN, pad=True) + Content(" ")

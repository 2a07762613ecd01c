"""Each chip of a card in a line: how warm it is, what it draws and how fast it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.content import Content

from ...format import NOTHING
from ...watching.history import reading
from ...watching.state import RunState
from ..lines import Lines

_COLUMNS = (("temperature", "C", 5), ("power", "W", 6), ("clock", "MHz", 9))
"""Readings with their units and the cells they take."""
_MOST, _FEWEST = 8, 2
"""Lines of chips where there is room, and where there is little."""


class Card(Lines):
    """The newest readings of the chips that train; nothing where none tells any."""

    HELP = "chip  how warm it is, the power it draws, its clock; a dash is not told by the driver"
    DEFAULT_CSS = """
    Card { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._chips: Sequence[Mapping[str, Any]] = ()
        self._most = _MOST

    def show(self, state: RunState) -> None:
        """Show what a run's chips told last."""
        self._chips = state.telemetry
        self.redraw()

    def set_brief(self, brief: bool) -> None:
        """Take as little room as can be, or not."""
        self._most = _FEWEST if brief else _MOST
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw a blank line, then a line for each chip; of more than fit the rest is one line."""
        chips = self._chips
        if not chips:
            return []
        shown = chips if len(chips) <= self._most else chips[: self._most - 1]
        lines = [Content(""), *(_chip(place, chip) for place, chip in enumerate(shown))]
        if len(shown) < len(chips):
            lines.append(Content.styled(_rest(chips[len(shown) :]), "dim"))
        return lines


def _chip(place: int, chip: Mapping[str, Any]) -> Content:
    cells = [_cell(reading(chip, name), unit, width) for name, unit, width in _COLUMNS]
    return Content.assemble((f"chip {place:<2}", "dim"), *cells)


def _cell(value: float | None, unit: str, width: int) -> str:
    return f"{NOTHING if value is None else f'{value:.0f}'} {unit}".rjust(width)


def _rest(chips: Sequence[Mapping[str, Any]]) -> str:
    known = [value for chip in chips if (value := reading(chip, "temperature")) is not None]
    hottest = f", up to {max(known):.0f} C" if known else ""
    return f"{len(chips)} more{hottest}"

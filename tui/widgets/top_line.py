"""The first line, the same everywhere: where one is, where one can go, and the watched run."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from ..format import loss, one_line
from ..places import PLACES
from ..watching.state import RunState
from .lines import Lines
from .sparkline import sparkline

_CURVE = 8
_LONGEST_NAME = 20
_SHORTEST_NAME = 6
_GAP = 2
_QUIET = ("training", "evaluating", "sampling", "saving")
"""Phases of a run that goes as it should: the curve says enough."""


class TopLine(Lines):
    """Places at the left; the run's name, curve and loss at the right."""

    DEFAULT_CSS = """
    TopLine { dock: top; height: 1; width: 1fr; padding: 0 1; }
    """

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place
        self._run_name = self._standing = ""

    def show_run(self, name: str, state: RunState) -> None:
        """Put a run at the right side."""
        self._run_name = one_line(name)
        values = state.raw.means
        curve = sparkline(values, _CURVE)
        word = "" if state.phase in _QUIET else state.phase
        newest = loss(state.train_loss, 2) if values else ""
        self._standing = "  ".join(part for part in (word, f"{curve} {newest}".strip()) if part)
        self.redraw()

    def hide_run(self) -> None:
        """Show no run at the right side."""
        self._run_name = self._standing = ""
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the places, then the run, its name cut to the room there is."""
        places = Content("  ").join(self._drawn(place.digit, place.title) for place in PLACES)
        room = width - places.cell_length - _GAP
        name_room = min(_LONGEST_NAME, room - cell_len(self._standing) - _GAP)
        name = self._cut(name_room) if name_room >= _SHORTEST_NAME else ""
        run = f"{name}{' ' * _GAP}{self._standing}".strip()
        space = room + _GAP - cell_len(run)
        return [places + Content(" " * space + run) if space >= _GAP else places]

    def _cut(self, width: int) -> str:
        if cell_len(self._run_name) <= width:
            return self._run_name
        return set_cell_size(self._run_name, width - 1) + "…"

    def _drawn(self, digit: str, title: str) -> Content:
        here = title == self._place
        return Content.assemble((digit, "$accent"), " ", (title, "bold" if here else "dim"))

"""The column beside a run's curves: its figures, its chips, and where it stands in words."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Resize

from ttgpt.engine.config import ModelConfig

from ...watching.state import RunState
from .card import Card
from .numbers import Numbers
from .standing_view import StandingView

_LOW = 22
"""Height below which there is not room for many chips."""


class RunColumn(Vertical):
    """Figures above, words below; the least figures give way to the words."""

    HELP = "\n\n".join((Numbers.HELP, Card.HELP, StandingView.HELP))
    DEFAULT_CSS = """
    RunColumn { width: 30; padding-left: 1; border-left: solid $border-blurred; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._numbers = Numbers()
        self._card = Card()
        self._standing = StandingView()

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        yield self._numbers
        yield self._card
        yield self._standing

    def show(self, state: RunState, model: ModelConfig | None) -> None:
        """Show a run, and its network where that is known."""
        self._numbers.show(state, model)
        self._card.show(state)
        self._standing.show(state)
        self._fit()

    def on_resize(self, event: Resize) -> None:
        """Show fewer chips where there is little room."""
        self._card.set_brief(event.size.height < _LOW)
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Leave the least figures out where what was found would else have no room."""
        width, room = self.size
        others = len(self._card.draw(width, 0)) + self._standing.least(width)
        self._numbers.set_brief(self._numbers.in_full + others > room)

"""Compare: marked runs in the same axes, with what each came to and what sets them apart."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from ..runs.glance import Glance, glance
from ..runs.history import History, read_history
from ..widgets.runs.comparison import Comparison
from .frame import FramedScreen

MOST = 6
"""Runs that fit: a letter and a column each."""
_LOOK_EVERY = 5.0
"""Seconds between two looks at a run that is being trained."""


class CompareRuns(FramedScreen):
    """Lies over the list of runs until Esc.

    Args:
        marked: The runs in the order of their letters; those that are too many are left out.
    """

    PLACE = "Runs"
    HELP = "A run that is being trained is read again every few seconds."
    CSS_PATH = "compare_runs.tcss"
    BINDINGS = [
        Binding("escape", "dismiss", "back", key_display="Esc", tooltip="Back to the list"),
        Binding("a", "axis", "steps/tokens", tooltip="Compare by steps or tokens"),
        Binding("l", "log", "log", tooltip="Linear or log loss axis"),
    ]

    def __init__(self, marked: Sequence[Glance]) -> None:
        super().__init__()
        self._marked = marked[:MOST]
        self._left_out = len(marked) - len(self._marked)

    def compose_body(self) -> ComposeResult:
        """Hold the chart and the table."""
        yield Comparison(self.ttgpt.settings.glyphs)
        if self._left_out:
            words = f"{self._left_out} more {'is' if self._left_out == 1 else 'are'} marked"
            yield Static(f"{words}; {MOST} fit.", classes="quiet", markup=False)

    def on_mount(self) -> None:
        """Read the runs, and those that are live again and again."""
        self.query_one(Comparison).focus()
        self._read(self._marked)
        if any(seen.is_live for seen in self._marked):
            self.set_interval(_LOOK_EVERY, self._look_again)

    def action_axis(self) -> None:
        """Draw over steps or over tokens."""
        self.query_one(Comparison).toggle_tokens()

    def action_log(self) -> None:
        """Draw on a linear or a logarithmic axis."""
        self.query_one(Comparison).toggle_log()

    def _look_again(self) -> None:
        if self.is_current:
            self._read(self._marked)

    @work(exclusive=True, group="histories")
    async def _read(self, marked: Sequence[Glance]) -> None:
        comparison = self.query_one(Comparison)
        is_first, found = not comparison.histories, list[History]()
        for place, seen in enumerate(marked):
            before = comparison.histories[place] if not is_first else None
            found.append(await asyncio.to_thread(_read_one, seen, before))
            if not self.still_has(Comparison):
                return
            if is_first or place == len(marked) - 1:
                comparison.show(found)


def _read_one(seen: Glance, before: History | None) -> History:
    if before is None:
        return read_history(seen)
    return read_history(glance(seen.run)) if before.seen.is_live else before

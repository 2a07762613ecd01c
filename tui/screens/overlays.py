"""Choose the runs that are drawn into the chart beside the one that is watched."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import SelectionList, Static
from textual.widgets.selection_list import Selection

from ttgpt.engine.runs.rundir import RunFolder

from ..format import one_line
from .base import Dialog
from .dialogs import keys_line

MOST = 4


class OverlayChoice(Dialog["list[RunFolder] | None"]):
    """A list of runs; Enter or space marks one, Esc goes back with those that are marked."""

    BINDINGS = [Binding("escape,o,q", "done", "back")]
    DEFAULT_CSS = """
    OverlayChoice SelectionList {
        height: auto; max-height: 12; border: none; padding: 0; background: ansi_default;
    }
    """

    def __init__(self, runs: Sequence[tuple[RunFolder, str]], shown: Sequence[RunFolder]) -> None:
        """Make the list.

        Args:
            runs: The runs that may be chosen, each with a line about it.
            shown: Those that are drawn already.
        """
        super().__init__()
        self._runs = runs
        self._shown = {run.path for run in shown}

    def compose(self) -> ComposeResult:
        """Show the list, or why there is none."""
        with Vertical(classes="dialog"):
            yield Static("Other runs in this chart", classes="heading", markup=False)
            if self._runs:
                yield SelectionList(
                    *(
                        Selection(Content(one_line(words)), place, run.path in self._shown)
                        for place, (run, words) in enumerate(self._runs)
                    )
                )
            else:
                yield Static("There is no other run yet.", markup=False)
            keys = (("Enter", "mark"), ("Esc", "back"))
            yield Static(keys_line(*keys[not self._runs :]), classes="keys")

    def action_done(self) -> None:
        """Close with what is marked, the first few of them."""
        marked = self.query(SelectionList)
        if not marked:
            self.dismiss(None)
            return
        chosen = sorted(marked.first(SelectionList).selected)
        self.dismiss([self._runs[place][0] for place in chosen[:MOST]])

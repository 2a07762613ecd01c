"""Runs: all runs, live and ended, and what can be done with them."""

from __future__ import annotations

import asyncio

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from ttgpt.engine.runs import rundir

from ..format import size
from ..messages import RunChanged
from ..runs import trash
from ..runs.detail import Detail, read_detail
from ..runs.glance import Glance
from ..runs.history import read_history
from ..runs.listing import Listing
from ..widgets.rule_label import RuleLabel
from ..widgets.runs.run_detail import RunDetail
from ..widgets.runs.run_table import RunTable
from .compare_runs import CompareRuns
from .run_deeds import RunDeeds

_READING = "Reading runs …"
_EMPTY = "There are no runs. 3 leads to the presets; Enter on the first is a short demo."
_LOOK_EVERY = 3.0
"""Seconds between two looks for what changed in the runs' folders."""
_STAYS = 0.2
"""Seconds for which a run is chosen before its curve is read."""


class RunsScreen(RunDeeds):
    """The table, and what is said of the chosen run."""

    PLACE = "Runs"
    HELP = (
        "Every run is a folder, and nothing here needs its worker. Deleting moves a run to the "
        "trash folder; u takes the last one back."
    )
    CSS_PATH = "runs.tcss"
    BINDINGS = [
        Binding("enter", "attach", "attach", key_display="Enter", tooltip="Show it under Train"),
        Binding("r", "resume", "resume", tooltip="Go on with this run"),
        Binding("plus", "extend", "more steps", key_display="+", tooltip="Give it more steps"),
        Binding("d", "duplicate", "duplicate", tooltip="New run with its settings"),
        Binding("m,space", "mark", "mark", tooltip="Mark this run, or unmark it"),
        Binding("c", "compare", "compare", tooltip="Compare the marked runs"),
        Binding("x", "stop", "stop", tooltip="Save, and stop this run"),
        Binding("x", "delete", "delete", tooltip="Move it to the trash"),
        Binding("u", "restore", "undelete", tooltip="Take the last deleted back"),
        Binding("n", "rename", "name", tooltip="Give it another name"),
        Binding("w", "note", "note", tooltip="Write a note about it"),
        Binding("e", "export", "export", tooltip="Write CSV, YAML and a report"),
        Binding("z", "empty", "empty trash", tooltip="Empty the trash for good"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._has_trash = False
        self._wanted = ""
        """Name of the folder of a run to choose when it is in the list."""

    def compose_body(self) -> ComposeResult:
        """Put the table above what is said of the chosen run."""
        self._listing = Listing(self.ttgpt.home)
        yield Static(_READING, id="nothing", markup=False)
        with Vertical(id="runs"):
            yield RunTable()
            yield RuleLabel()
            yield RunDetail(self.ttgpt.settings.glyphs)
        yield Static("", id="said", markup=False)

    def on_mount(self) -> None:
        """Look for runs now and then while this is shown."""
        self.query_one(RuleLabel).label = _READING
        self.set_interval(_LOOK_EVERY, self._look_if_shown)
        self.query_one(RunTable).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done with the chosen run as it is."""
        if action not in _OURS:
            return True
        if not self.is_mounted:
            return False
        if action in ("restore", "empty"):
            return self._has_trash
        seen = self.query_one(RunTable).chosen
        return seen is not None and self._can(action, seen)

    def _can(self, action: str, seen: Glance) -> bool:
        damaged, live = seen.state == "damaged", seen.is_live
        if action == "resume":
            return seen.state == "paused" or not (damaged or live or seen.state == "finished")
        if action == "stop":
            return seen.state in rundir.LIVE_STATES
        if action in ("extend", "rename", "delete"):
            return not live and (action == "delete" or not damaged)
        if action == "compare":
            return len(self.query_one(RunTable).marked) > 1
        return not damaged or action == "mark"

    def action_mark(self) -> None:
        """Mark a run for comparing."""
        self.query_one(RunTable).toggle_mark()
        self.refresh_bindings()

    def action_compare(self) -> None:
        """Show the marked runs in the same axes."""
        table = self.query_one(RunTable)
        marked = [row for row in table.rows if row.run.path.name in table.marked]
        self.app.push_screen(CompareRuns(marked))

    @property
    def _chosen(self) -> Glance:
        seen = self.query_one(RunTable).chosen
        assert seen is not None  # check_action has looked
        return seen

    def on_screen_resume(self) -> None:
        """See what happened while another screen was shown."""
        self._look()

    def on_screen_suspend(self) -> None:
        """What was said of the last deed is old by the time somebody comes back."""
        if self.still_has(RunTable):
            self._say("")

    def on_run_changed(self, message: RunChanged) -> None:
        """Look at once where nothing is listed yet; else the next look is soon enough."""
        if not self.query_one(RunTable).rows:
            self._look()

    def on_run_table_highlighted(self, message: RunTable.Highlighted) -> None:
        """Say what there is to say of the chosen run."""
        self.query_one(RunDetail).show(message.seen, None)
        if message.seen is not None:
            self._read_detail(message.seen)
        self.refresh_bindings()

    def on_run_table_chosen(self) -> None:
        """Show the run that was clicked twice."""
        self.action_attach()

    # Reading, in threads.

    def _look_if_shown(self) -> None:
        if self.is_current:
            self._look()

    @work(exclusive=True, group="look")
    async def _look(self) -> None:
        """Read what changed; the rows of a first look appear as they are read."""
        async for rows in self._listing.read():
            if not self.still_has(RunTable):
                return
            self._show(rows)
        found = await asyncio.to_thread(trash.list_trash, self.ttgpt.home)
        if self.still_has(RunTable):
            self._has_trash = bool(found)
            self._show_nothing()
            self.refresh_bindings()

    def _show(self, rows: list[Glance]) -> None:
        table = self.query_one(RunTable)
        table.show(rows)
        self._hear_of(rows)
        table.styles.height = len(rows) + 1  # what is below takes the rest
        if self._wanted in {row.run.path.name for row in rows}:
            table.choose(self._wanted)
            self._wanted = ""
        total = sum(row.bytes for row in rows)
        runs = "1 run" if len(rows) == 1 else f"{len(rows):,} runs"
        self.query_one(RuleLabel).label = f"{runs}, {size(total)}"
        self.set_class(not rows, "-empty")
        self.refresh_bindings()

    def _show_nothing(self) -> None:
        more = " u takes back the one deleted last." if self._has_trash else ""
        self.query_one("#nothing", Static).update(_EMPTY + more)

    @work(exclusive=True, group="detail")
    async def _read_detail(self, seen: Glance) -> None:
        detail = await asyncio.to_thread(read_detail, seen)
        if self._is_chosen(seen):
            self.query_one(RunDetail).show(seen, detail)
            if self.query_one(RunDetail).has_room_for_curve:
                await self._read_curve(seen, detail)

    async def _read_curve(self, seen: Glance, detail: Detail) -> None:
        """Read the curve of a run that stays chosen for a moment: it may be long."""
        await asyncio.sleep(_STAYS)
        if self._is_chosen(seen):
            history = await asyncio.to_thread(read_history, seen)
            if self._is_chosen(seen):
                self.query_one(RunDetail).show(seen, detail, history)

    def _is_chosen(self, seen: Glance) -> bool:
        return self.still_has(RunTable) and self.query_one(RunTable).chosen == seen

    def _choose_later(self, name: str) -> None:
        self._wanted = name

    def _say(self, words: str) -> None:
        for said in self.query("#said").results(Static):  # none when the app is closing
            said.update(words)
            said.display = bool(words)


_OURS = {binding.action.partition("(")[0] for binding in Binding.make_bindings(RunsScreen.BINDINGS)}

"""Train: choose what to train, then watch it learn."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from textual import work
from textual.app import ComposeResult

from ttgpt.engine import own_presets
from ttgpt.engine.errors import TtgptError
from ttgpt.engine.runs.rundir import RunFolder

from ..messages import (
    EditWanted,
    GoOnWanted,
    RunAttached,
    RunChanged,
    RunStarted,
    StartRefused,
    StartSaid,
    StartWanted,
)
from ..watching.facts import RunFacts, read_facts
from ..watching.state import RunState
from ..widgets.train.preset_list import PresetList
from ..widgets.train.run_view import RunView
from .chart_actions import ChartActions
from .choosing import Choosing
from .run_actions import RunActions


class TrainScreen(ChartActions, RunActions):
    """The gallery of presets, or the run that is watched."""

    PLACE = "Train"
    HELP = "Training runs in a process of its own: it goes on when this app or the link ends."
    CSS_PATH = "train.tcss"

    def __init__(self) -> None:
        super().__init__()
        self._trouble = ""

    def compose_body(self) -> ComposeResult:
        """Hold the gallery and the run; one of them is shown."""
        yield Choosing()
        yield RunView(self.ttgpt.settings.glyphs)

    def on_mount(self) -> None:
        """Show the run that is watched, or the gallery."""
        watch = self.ttgpt.run_watch
        if watch is None:
            self._show_gallery()
        else:
            self._take_run(watch.run)

    def on_screen_resume(self) -> None:
        """Leave a run whose folder was thrown away meanwhile."""
        if self.ttgpt.run_watch is None and self._run is not None:
            self._run = None
            self._show_gallery()

    def on_run_attached(self, message: RunAttached) -> None:
        """Show the run."""
        self._take_run(message.run)

    def on_run_changed(self, message: RunChanged) -> None:
        """Draw what is new."""
        watch = self.ttgpt.run_watch
        if watch is None:
            return
        if watch.run is not self._run:
            self._take_run(watch.run)
        trouble = _trouble(message.state)
        if trouble != self._trouble:
            self._trouble = trouble
            self._facts = replace(self._facts, is_read=False)
            self._read_facts(watch.run)
            if message.state.phase == "stalled":
                self.ask_the_silent(watch)
        self._draw()

    @property
    def is_starting(self) -> bool:
        """Whether a run is being prepared, and its worker not yet started."""
        return self._starter.is_busy

    def on_start_wanted(self, message: StartWanted) -> None:
        """Start a preset by its name."""
        self._starter.start(lambda: own_presets.find(self.ttgpt.home, message.preset))

    def on_choosing_start_with_wanted(self, message: Choosing.StartWithWanted) -> None:
        """Start what the form made."""
        self._starter.start(lambda: message.preset, message.settings)

    def on_edit_wanted(self, message: EditWanted) -> None:
        """Show a configuration in the form."""
        self.query_one(Choosing).open_form(message)

    def on_go_on_wanted(self, message: GoOnWanted) -> None:
        """Show a run that has ended, and go on with it."""
        try:
            if self._run is None or self._run.path != message.run.path:
                self.ttgpt.attach(message.run)
        except TtgptError as error:
            self.ttgpt.show_error(error)
        else:
            self._starter.go_on(message.run, message.settings)

    def on_preset_list_chosen(self, message: PresetList.Chosen) -> None:
        """Start the chosen preset."""
        self._starter.start(lambda: message.preset)

    def on_gallery_look_wanted(self) -> None:
        """Go back to the run that is watched, or look at the last one."""
        if self._run is not None:
            self._show_run_view()
            return
        last = self.query_one(Choosing).last_run
        if last is not None:
            try:
                self.ttgpt.attach(last)
            except TtgptError as error:
                self.ttgpt.show_error(error)

    def on_run_view_new_wanted(self) -> None:
        """Choose what to train next."""
        self._show_gallery()

    def on_run_view_go_on_wanted(self) -> None:
        """Continue the run that is watched."""
        if self._run is not None:
            self._starter.go_on(self._run)

    def on_start_said(self, message: StartSaid) -> None:
        """Say what is being done before a worker can."""
        self._say(message.words)

    def on_run_started(self, message: RunStarted) -> None:
        """Watch the run whose worker was started."""
        self._say("")
        for choosing in self.query(Choosing):
            choosing.started()
        started, watch = message.started, self.ttgpt.run_watch
        if watch is not None and watch.run.path == started.run.path:
            watch.starting(started.process)
            self.post_message(RunChanged(watch.state))
        else:
            self.ttgpt.attach(started.run, started.process)

    def on_start_refused(self, message: StartRefused) -> None:
        """Say why nothing was started."""
        self._say("")
        self.ttgpt.show_error(message.error)

    def _say(self, words: str) -> None:
        for part in (*self.query(Choosing), *self.query(RunView)):  # none when the app is closing
            part.say(words)

    @work(exclusive=True, group="facts")
    async def _read_facts(self, run: RunFolder) -> None:
        watch = self.ttgpt.run_watch
        broken = watch.state.standing.broken if watch is not None else None
        since = broken.since if broken is not None else None
        facts = await asyncio.to_thread(read_facts, self.ttgpt.home, run, since)
        if run is self._run and self.still_has(RunView):
            self._facts = facts
            self._draw()

    def _take_run(self, run: RunFolder) -> None:
        self._run, self._facts, self._trouble = run, RunFacts(), ""
        self.overlay_none()
        self._read_facts(run)
        self._show_run_view()

    def _show_run_view(self) -> None:
        self.add_class("-watching")
        self.query_one(RunView).focus()
        self._draw()

    def _show_gallery(self) -> None:
        self.remove_class("-watching")
        self.query_one(Choosing).take_focus()

    def _draw(self) -> None:
        watch = self.ttgpt.run_watch
        if watch is not None and watch.run is self._run:
            view = self.query_one(RunView)
            view.show(watch.info.name, watch.state, self._facts, watch.share_read)
            self.refresh_bindings()


def _trouble(state: RunState) -> str:
    """Name what the folder has to be read again for: an end, silence, a loss that broke."""
    if not state.is_live or state.phase == "stalled":
        return state.phase
    return state.standing.broken.kind if state.standing.broken is not None else ""

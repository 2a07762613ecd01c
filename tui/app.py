"""The app: which place is shown, which run is watched, and what holds on every screen."""

from __future__ import annotations

import asyncio
import math
import subprocess
import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.filter import LineFilter
from textual.message import Message
from textual.screen import Screen

from ttgpt.engine.errors import EnvironmentNotReady, TtgptError
from ttgpt.engine.runs.rundir import RunFolder, live_run

from . import terminal, theme
from .ascii_only import AsciiOnly
from .messages import RunAttached, RunChanged, StartWanted
from .offers import key_name, offers
from .places import DOCTOR, PLACES, TRAIN
from .screens.base import Palette, is_too_small
from .screens.dialogs import Confirm, ErrorDialog
from .screens.frame import FramedScreen
from .screens.help import HelpScreen
from .settings import Settings
from .visible_only import VisibleOnly
from .watching.watch import RunWatch
from .widgets.number_field import NumberField

_LOOK_FOR_RUNS = 3.0
"""Seconds between two looks for a run that somebody else has started."""


class TtgptApp(App[None]):
    """Train small GPTs and play with them."""

    TITLE = "ttgpt"
    CSS_PATH = "app.tcss"
    MODES = {place.title: place.make for place in PLACES}
    BINDINGS = [
        *(
            Binding(place.digit, f"go('{place.title}')", f"Go to {place.title}", show=False)
            for place in PLACES
        ),
        Binding("T", "colours", "Colours for dark or light", show=False),
        # Editors and tmux take ctrl+p and F1 for themselves; a field takes what can be typed.
        Binding("colon,ctrl+p", "command_palette", "All actions, by name", show=False),
        Binding("question_mark,f1", "help", "help", tooltip="Help on what is in focus"),
        Binding("ctrl+z", "suspend", "Stop until `fg`", show=False),
        Binding("q", "quit_app", "quit", tooltip="Quit; training goes on"),
    ]

    def __init__(
        self,
        home: Path,
        settings: Settings,
        *,
        start_preset: str | None = None,
        attach: RunFolder | None = None,
    ) -> None:
        """Make the app.

        Args:
            home: The folder of runs and data.
            settings: How to draw.
            start_preset: A preset to train at once, unless a run is live.
            attach: The run to show; without it, the live run when there is one.
        """
        # Told here and not by the theme: NO_COLOR is looked at before there is one, and would else
        # turn the terminal's own colours into black on black.
        super().__init__(ansi_color=True)
        self.home = home
        self.settings = settings
        self._stand_ins = [VisibleOnly(), *([AsciiOnly()] if settings.ascii_only else [])]
        self.start_preset = start_preset
        self.run_watch: RunWatch | None = None
        self.places: list[FramedScreen] = []
        """The screens that are open; also those out of sight may have something under way."""
        self._attach_first = attach
        self._is_attached = asyncio.Event()

    async def on_mount(self) -> None:
        """Take the terminal's colours, find the run to watch, show the first place."""
        if not self.is_headless:
            terminal.catch_stops(self.action_suspend, self._set_up_terminal)
        for known in (theme.DARK, theme.LIGHT):
            self.register_theme(known)
        self.theme = (theme.DARK if self.settings.is_dark() else theme.LIGHT).name
        complaint = await self._find_run()
        self.switch_mode(TRAIN)
        if complaint is not None:
            self.show_error(complaint)
        if self.run_watch is None and self.start_preset is not None:
            self._tell(StartWanted(self.start_preset))
        self.run_worker(self._follow(), group="follow")
        self.set_interval(1.0, self._check_terminal)

    async def on_event(self, event: events.Event) -> None:
        """Take in only what leaves the app where there is no room to see what one does."""
        is_input = isinstance(event, (events.InputEvent, events.Paste))
        if is_input and not self.screen_stack:
            return  # it comes too late: the app is closing
        if not (is_input and is_too_small(self.size)):
            await super().on_event(event)
        elif isinstance(event, events.Key) and event.key == "ctrl+z":
            self.action_suspend()
        elif isinstance(event, events.Key) and event.key == "q" and self._busy_place is None:
            self.exit()

    def get_key_display(self, binding: Binding) -> str:
        """Write a key in the last line as in the help."""
        return binding.key_display or key_name(binding.key)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Put stand-ins for what would steer the terminal, and for glyphs that it does not have."""
        return [*super().get_line_filters(), *self._stand_ins]

    def attach(self, run: RunFolder, process: subprocess.Popen[bytes] | None = None) -> None:
        """Watch a run from now on.

        Args:
            run: The run.
            process: Its worker, where this process has just started it.

        Raises:
            DataError: Its `run.json` is missing or damaged.
        """
        self.run_watch = RunWatch(run, process)
        self._is_attached.set()
        self._tell(RunAttached(run))

    def detach(self) -> None:
        """Watch no run until one is attached to, or found to be live: its folder is gone."""
        self._is_attached.clear()
        self.run_watch = None

    def on_number_field_refused(self, message: NumberField.Refused) -> None:
        """Say which numbers a field takes, where its screen has no line for that."""
        self.notify(message.words, severity="warning", markup=False)

    def show_error(self, error: TtgptError) -> None:
        """Show what went wrong, why, and the next step; where this host is at fault, the Doctor."""
        for_doctor = isinstance(error, EnvironmentNotReady) and self.current_mode != DOCTOR
        self.push_screen(
            ErrorDialog(error, for_doctor=for_doctor),
            lambda wanted: self.action_go(DOCTOR) if wanted else None,
        )

    async def _follow(self) -> None:
        """Read the watched run's events at the pace of repaints, for as long as the app lives."""
        told = -math.inf
        while True:
            watch = self.run_watch
            if watch is None:
                await self._wait_for_run()
                continue
            news = await asyncio.to_thread(watch.read)
            has_changed = watch is self.run_watch and watch.take(news)
            now = time.monotonic()
            # A long run that is read from its beginning is drawn now and then, not at each block.
            if has_changed and (watch.has_caught_up or now - told >= self.settings.period):
                self._tell(RunChanged(watch.state))
                told = now
            if watch.has_caught_up or news.trouble:
                await asyncio.sleep(self.settings.period)

    async def _wait_for_run(self) -> None:
        """Wait until a run is attached to; meanwhile look for one started elsewhere."""
        try:
            await asyncio.wait_for(self._is_attached.wait(), _LOOK_FOR_RUNS)
        except asyncio.TimeoutError:
            await self._find_run()

    async def _find_run(self) -> TtgptError | None:
        """Attach to the run that was asked for, or to the live one; give what went wrong."""
        wanted, self._attach_first = self._attach_first, None
        run = wanted or await asyncio.to_thread(live_run, self.home)
        if run is None or self.run_watch is not None:
            return None
        try:
            self.attach(run)
        except TtgptError as error:
            return error
        return None

    def _tell(self, message: Message) -> None:
        """Post to the place that is shown, under a dialog if there is one."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, FramedScreen):
                screen.post_message(message)
                return

    def _check_terminal(self) -> None:
        if not self.is_headless and terminal.is_gone():
            terminal.leave()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Fill the palette: whatever does something now."""
        done = {"command_palette"}
        for offer in offers(screen):
            action = offer.binding.action
            if action not in done:
                done.add(action)
                run = partial(self.run_action, action, offer.node)
                yield SystemCommand(offer.words, f"key {offer.key}", run)

    def action_go(self, title: str) -> None:
        """Go to a place."""
        if self.current_mode != title:
            self.switch_mode(title)

    def action_help(self) -> None:
        """Say what the screen is for and what its keys do."""
        self.push_screen(HelpScreen(self.screen))

    def action_colours(self) -> None:
        """Change between the colours for a dark and for a light background."""
        self.theme = theme.LIGHT.name if self.theme == theme.DARK.name else theme.DARK.name

    def action_suspend(self) -> None:
        """Give the terminal back, and stop until the shell lets the app go on."""
        if not self.is_headless:
            with self.suspend():
                terminal.stop()

    def _set_up_terminal(self) -> None:
        with self.suspend():
            pass

    def action_quit_app(self) -> None:
        """Leave; say first that a training run goes on, or that one being prepared does not."""
        if self._busy_place is not None:
            self._leave_if(*self._busy_place.LEAVING)
        elif self.run_watch is not None and self.run_watch.state.is_live:
            self._leave_if("Training goes on in the background.", "`ttgpt-tui` brings it back.")
        else:
            self.exit()

    @property
    def _busy_place(self) -> FramedScreen | None:
        return next((place for place in self.places if place.is_starting), None)

    def action_command_palette(self) -> None:
        """Show all that can be done now, by name."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def _leave_if(self, what: str, then: str) -> None:
        question = Confirm(what, then, yes="quit")
        self.push_screen(question, lambda yes: self.exit() if yes else None)

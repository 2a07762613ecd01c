"""Watch a run to its end on stdout: its events as JSON lines, or as lines for people."""

from __future__ import annotations

import shlex
import signal
import time
from collections.abc import Callable
from types import FrameType

from ttgpt.engine import events, wire
from ttgpt.engine.commands import Status
from ttgpt.engine.errors import TtgptError
from ttgpt.engine.runs.event_log import Damaged, EventReader, unreadable
from ttgpt.engine.runs.rundir import RunFolder

from ..watching.state import RunState
from ..watching.watchdog import Watchdog
from .ask import ask
from .narrate import Narrator
from .output import note, print_json, say

LOOK_SECONDS = 0.2
"""Between two looks at the file of events."""
_QUIET_SECONDS = 5.0
_DISK_SECONDS = 1.0
"""For the worker to say whether it waits for the disk."""
_SILENT_SECONDS = 5.0
"""For a worker that no longer steps to answer."""

Show = Callable[[bytes, events.Event], None]
"""Takes an event's line as it was written, and the event."""


def show_json(line: bytes, event: events.Event) -> None:
    """Pass events on as they are."""
    print_json(wire.from_line(line))


def show_words() -> Show:
    """Make a `Show` that puts events in words."""
    narrator = Narrator()

    def show(line: bytes, event: events.Event) -> None:
        for text in narrator.lines(event):
            say(text)

    return show


def show_nothing(line: bytes, event: events.Event) -> None:
    """Read events without showing them."""


class Follower:
    """Shows a run's events from an offset on, and adds up what they say.

    Args:
        run: The run.
        show: Shows one event.
        offset: Where in the file of events to begin.
        patience: Seconds without news after which the worker is asked whether the disk is full.
    """

    def __init__(
        self, run: RunFolder, show: Show, offset: int = 0, *, patience: float = _QUIET_SECONDS
    ) -> None:
        self.state = RunState()
        self._run = run
        self._show = show
        self._reader = EventReader(run.events, offset)
        self._watchdog = Watchdog()
        self._patience = patience
        self._quiet_since = time.monotonic()
        self._is_told_of_disk = False

    def follow(self, alive: Callable[[], bool], look: Callable[[], None]) -> None:
        """Show what is written until there is no more to come.

        Args:
            alive: Says, after a moment's wait, whether more may come.
            look: Called after each wait; may end the following by raising.
        """
        self._show_new()
        while alive():
            self._show_new()
            if self._watchdog.look(self.state):
                self._tell_of_silence()
            self._look_at_disk()
            look()
        self._show_new()

    def _show_new(self) -> None:
        while True:
            before = self._reader.offset
            for offset, line in self._lines():
                if line.strip():
                    self._take(offset, line)
            if self._reader.offset == before:
                return
            self._quiet_since, self._is_told_of_disk = time.monotonic(), False

    def _lines(self) -> list[tuple[int, bytes]]:
        try:
            return list(self._reader.lines())
        except OSError as error:
            raise unreadable(self._reader.path, error) from error

    def _tell_of_silence(self) -> None:
        """Say that no step comes, unless the worker answers: then it is busy with something."""
        try:
            ask(self._run, Status(), seconds=_SILENT_SECONDS)
        except TtgptError:
            owner = self._run.owner()
            holder = f"process {owner.pid}" if owner is not None else "the worker"
            note(f"stalled: {self.state.overdue}; {holder} does not answer.")
            note("Wait, or end it: ttgpt-tui runs kill " + shlex.quote(self._run.info().name))
            return
        self._watchdog.answered()
        self.state.busy()

    def _look_at_disk(self) -> None:
        """Say that training waits for a disk that takes nothing, and so no event that tells it."""
        if time.monotonic() - self._quiet_since < self._patience:
            return
        self._quiet_since = time.monotonic()
        try:
            waits = ask(self._run, Status(), seconds=_DISK_SECONDS).get("waiting_for_disk")
        except TtgptError:
            return
        if waits and not self._is_told_of_disk:
            self._is_told_of_disk = True
            note(f"training waits: the disk of {self._run.path} is full or cannot be written")

    def _take(self, offset: int, line: bytes) -> None:
        try:
            envelope = events.decode(line)
        except wire.DecodeError as error:
            self.state.apply(Damaged(offset, error.reason))
            note(self.state.notices[-1].text)
        else:
            self.state.apply(envelope)
            self._show(line, envelope.event)


class Presses:
    """Counts Ctrl-C while it is entered, instead of letting it end the command."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Presses:
        self._before = signal.getsignal(signal.SIGINT)
        if self._before is not signal.SIG_IGN:  # started in the background: not meant for us
            signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _press(self, number: int, frame: FrameType | None) -> None:
        self.count += 1

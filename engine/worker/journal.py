"""All that a live run writes down, in order; what the disk does not take waits."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from .. import events
from ..config import RunConfig
from ..errors import DataError
from ..runs.event_log import EventWriter
from ..runs.rundir import RunFolder

_RETRY_SECONDS = 1.0


class Journal:
    """Events, and the small files that follow from them.

    Args:
        run: The run's folder.
        log: Its file of events.
    """

    def __init__(self, run: RunFolder, log: EventWriter) -> None:
        self.in_a_hurry = False
        """Whether nothing is waited for any more: the process has to end."""
        self._run = run
        self._log = log
        self._unwritten: deque[Callable[[], object]] = deque()
        self._step = 0
        self._full_since: float | None = None
        self._retry_at = -math.inf

    @property
    def waits(self) -> bool:
        """Whether something waits for space on the disk, and training with it."""
        return bool(self._unwritten) and not self.in_a_hurry

    def tell(self, event: events.Event) -> None:
        """Write an event.

        Raises:
            DataError: The run folder is gone.
        """
        self._step = getattr(event, "step", self._step)
        self._put(lambda: self._log.write(event))

    def note_state(self, state: str) -> None:
        """Write the run's state into `run.json`."""
        self._put(lambda: self._run.update(state=state))

    def note_config(self, config: RunConfig) -> None:
        """Replace the run's `config.json`."""
        self._put(lambda: self._run.write_config(config))

    def note_info(self, **changes: Any) -> None:
        """Write into `run.json` what was set: whoever goes on takes it from there, and lists do."""
        self._put(lambda: self._run.update(**changes))

    def catch_up(self) -> None:
        """Write what waits, in order, as far as the disk takes it.

        Raises:
            DataError: The run folder is gone.
        """
        if time.monotonic() < self._retry_at and not self.in_a_hurry:
            return
        try:
            while self._unwritten:
                self._check_folder()
                self._unwritten[0]()
                self._unwritten.popleft()
        except OSError as error:
            if self._full_since is None:
                print(f"training waits for the disk: {error}")
                self._full_since = time.monotonic()
            self._retry_at = time.monotonic() + _RETRY_SECONDS
        else:
            self._say_if_waited()

    def _put(self, write: Callable[[], object]) -> None:
        self._unwritten.append(write)
        self.catch_up()

    def _say_if_waited(self) -> None:
        if self._full_since is None:
            return
        seconds = time.monotonic() - self._full_since
        self._full_since, self._retry_at = None, -math.inf
        text = f"The disk took nothing more; training waited {seconds:.0f} s for space."
        self.tell(events.Health("disk_full", "warning", self._step, text))

    def _check_folder(self) -> None:
        if not self._log.is_there():
            raise DataError(
                f"The run folder {self._run.path} is gone.",
                "It was moved or deleted while the run was live.",
                "Move it back; then it can go on from its newest checkpoint.",
            )

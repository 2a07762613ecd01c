"""One visit of the doctor: the host, and what several checks need to know but is asked once."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from ..host import leftovers
from . import probe
from .environment import probe_environment
from .host import Host
from .pythons import choose_python

T = TypeVar("T")

_LEAVING_SECONDS = 2.0
"""How long the end waits for the probes' children to be killed."""


class Visit:
    """Shared by the threads of all checks of one pass."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._over = threading.Event()
        self._guard = threading.Condition()
        self._made: dict[Hashable, Future[Any]] = {}
        self._children = 0
        self._folder = _own_folder()

    def end(self) -> None:
        """Say that nobody waits for answers any more, and see the children out."""
        self._over.set()
        with self._guard:
            self._guard.wait_for(lambda: self._children == 0, _LEAVING_SECONDS)
        if self._folder is not None:
            self._folder.cleanup()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than anybody waits for the answer."""
        self._over.wait(seconds)

    def once(self, make: Callable[[Visit], T]) -> T:
        """Give what a function makes of this visit; the first caller makes it, others wait."""
        with self._guard:
            made = self._made.get(make)
            is_first = made is None
            if made is None:
                made = self._made[make] = Future()
        if is_first:
            try:
                made.set_result(make(self))
            except BaseException as error:
                made.set_exception(error)
        result: T = made.result()
        return result

    def ask_worker(
        self, *question: str, limit: float, uncut_in: Path | None = None
    ) -> probe.Outcome:
        """Ask the worker's interpreter, in the worker's environment.

        Args:
            question: As `child.py` takes them.
            limit: Seconds until the child is killed.
            uncut_in: Start in this folder, and do not end the child with the visit: it has a device
                open, and closes it only if it may go on to its end.
        """
        command = [choose_python(self.host), probe.CHILD, *question]
        return self.run(command, probe_environment(self.host), limit, uncut_in)

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        limit: float,
        uncut_in: Path | None = None,
    ) -> probe.Outcome:
        """Run a contained child; it ends with the visit, unless it is not to be cut short."""
        if uncut_in is not None:
            return probe.run(command, environment, uncut_in, limit=limit, may_outlive=True)
        own = Path(self._folder.name if self._folder is not None else "/")
        with self._counted():
            return probe.run(command, environment, own, limit=limit, dropped=self._over.is_set)

    @contextlib.contextmanager
    def _counted(self) -> Any:
        with self._guard:
            self._children += 1
        try:
            yield
        finally:
            with self._guard:
                self._children -= 1
                self._guard.notify_all()


def _own_folder() -> tempfile.TemporaryDirectory[str] | None:
    """Make a folder for the probes to start in; a full disk has none, and is to be told too."""
    try:
        leftovers.clean(Path(tempfile.gettempdir()))
        prefix = f"ttgpt-doctor-{os.getpid()}-"
        return tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
    except OSError:
        return None

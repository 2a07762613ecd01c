"""One visit of the doctor: the host, and what several checks need to know but is asked once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

from .host import Host

T = TypeVar("T")


class Visit:
    """Shared by the threads of all checks of one pass."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._over = threading.Event()
        self._guard = threading.Lock()
        self._made: dict[Hashable, Future[Any]] = {}

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for answers any more; a probe that sees it ends its child."""
        return self._over.is_set()

    def end(self) -> None:
        """Say that nobody waits for answers any more."""
        self._over.set()

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

"""Notices a worker that lives but no longer steps, as when a card hangs."""

from __future__ import annotations

import time
from collections.abc import Callable

from .state import RunState

LEAST_SECONDS = 60.0
_STEPS = 20
_LOGS = 3
_STEPPING = ("training", "stopping")
"""Phases in which steps are due. Compiling, evaluating, sampling, saving and pausing take as long
as they take: the headline says for how long they have."""


def patience(state: RunState) -> float | None:
    """Give the seconds without a step after which a run counts as stalled; None before the first.

    At least a minute, and 20 median steps; where only every n-th step is logged, three times what
    lies between two logged ones.
    """
    step, between = state.pace.ms_per_step, state.pace.seconds_between
    if step is None:
        return None
    return max(LEAST_SECONDS, _STEPS * step / 1000, _LOGS * (between or 0.0))


class Watchdog:
    """Measures how long a run has been silent.

    On this process's own clock from the moment an event was read on; only how old it was then is
    told by the calendar's clock, which may jump.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        calendar: Callable[[], float] = time.time,
    ) -> None:
        self._clock, self._calendar = clock, calendar
        self._heard = clock()
        self._event_t = 0.0

    def look(self, state: RunState) -> bool:
        """Note what was heard; say whether the run has just been found to be stalled."""
        if state.heard_at != self._event_t:
            self._event_t = state.heard_at
            self._heard = self._clock() - max(0.0, self._calendar() - state.heard_at)
        limit = patience(state)
        if state.phase not in _STEPPING or limit is None or self._clock() - self._heard < limit:
            return False
        state.stalled()
        return True

    def answered(self) -> None:
        """Note that the worker answers: it is busy with something else than steps."""
        self._heard = self._clock()

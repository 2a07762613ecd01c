"""Notices a worker that lives but does nothing any more, as when a card hangs.

What is noticed here is only silence: whoever asks the worker then finds out if it answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from .state import RunState

LEAST_SECONDS = 60.0
_STEPS = 20
_LOGS = 3
PASSING_SECONDS = 300.0
"""For an evaluation, the samples of a step, or a save."""
OPENING_SECONDS = 900.0
"""Until the first step: a device that is opened and what is compiled for it may take minutes."""
_PASSING = ("evaluating", "sampling", "saving")
_OPENING = ("starting", "compiling")
_STEPPING = ("training", "stopping")
"""Phases in which steps are due. A paused run may be silent for ever."""


def patience(state: RunState) -> float | None:
    """Give the seconds of silence after which a run counts as stalled; None where it never does.

    Where steps are due, at least a minute, and 20 median steps; where only every n-th step is
    logged, three times what lies between two logged ones.
    """
    if state.phase in (*_STEPPING, *_PASSING):
        is_passing = state.phase in _PASSING
        return max(PASSING_SECONDS if is_passing else 0.0, _for_a_step(state))
    return OPENING_SECONDS if state.phase in _OPENING else None


def _for_a_step(state: RunState) -> float:
    if state.newest is None or not state.pace.has_begun:
        return OPENING_SECONDS
    # After the first step alone, that one's time: with what was compiled in it, too long at worst.
    step, between = state.pace.ms_per_step or state.newest.ms, state.pace.seconds_between
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
        heard = max(state.heard_at, state.phase_since)  # a worker just started has said nothing
        if heard != self._event_t:
            self._event_t = heard
            self._heard = self._clock() - max(0.0, self._calendar() - heard)
        limit = patience(state)
        if limit is None or self._clock() - self._heard < limit:
            return False
        state.stalled()
        return True

    def answered(self) -> None:
        """Note that the worker answers: it is busy with something else than steps."""
        self._heard = self._clock()

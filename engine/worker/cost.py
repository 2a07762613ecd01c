"""What generating text costs training: both are measured, and generating gets its share alone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

SHARE = 0.1
"""Seconds of generating for each second of training, for all texts together."""
_LONGEST_DEBT_S = 0.1
"""What one long piece of work, such as reading a long prompt, is charged at most."""


class Cost:
    """Seconds of training and of generating since the texts under way began.

    Args:
        clock: Seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._trained = 0.0
        self._generated = 0.0
        self._debt = 0.0
        """Seconds generated beyond the share; below 0 where some of it is left."""

    @property
    def slowdown(self) -> float | None:
        """By what share a training step takes longer; None while nothing was measured."""
        return self._generated / self._trained if self._trained and self._generated else None

    @property
    def is_affordable(self) -> bool:
        """Whether more may be generated before training goes on."""
        return self._debt <= 0

    def forget(self) -> None:
        """Start anew: not both of them are under way."""
        self._trained = self._generated = self._debt = 0.0

    @contextlib.contextmanager
    def training(self) -> Iterator[None]:
        """Measure a turn of training."""
        started = self._clock()
        yield
        seconds = self._clock() - started
        self._trained += seconds
        # What was not used of the turns before is gone: no burst follows a silence.
        self._debt = max(0.0, self._debt) - SHARE * seconds

    @contextlib.contextmanager
    def generating(self) -> Iterator[None]:
        """Measure a turn of generating."""
        started = self._clock()
        yield
        seconds = self._clock() - started
        self._generated += seconds
        self._debt = min(self._debt + seconds, _LONGEST_DEBT_S)

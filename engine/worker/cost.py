"""What generating text costs training: both are measured while both go on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


class Cost:
    """Seconds of training and of generating since the texts under way began."""

    def __init__(self) -> None:
        self._trained = 0.0
        self._generated = 0.0

    @property
    def slowdown(self) -> float | None:
        """By what share a training step takes longer; None while nothing was measured."""
        return self._generated / self._trained if self._trained and self._generated else None

    def forget(self) -> None:
        """Start anew: not both of them are under way."""
        self._trained = self._generated = 0.0

    @contextlib.contextmanager
    def training(self) -> Iterator[None]:
        """Measure a turn of training."""
        started = time.perf_counter()
        yield
        self._trained += time.perf_counter() - started

    @contextlib.contextmanager
    def generating(self) -> Iterator[None]:
        """Measure a turn of generating."""
        started = time.perf_counter()
        yield
        self._generated += time.perf_counter() - started

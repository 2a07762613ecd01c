"""Time training steps, and nothing that lies between them."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass


@dataclass
class Stopwatch:
    """Adds up the time of training steps alone, between two logged ones."""

    seconds: float = 0.0
    steps: int = 0
    started: float = -math.inf

    def __enter__(self) -> None:
        self.started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self.started

    def take(self) -> float:
        """Give the mean milliseconds a step and start over."""
        pace = self.seconds / max(1, self.steps)
        self.seconds, self.steps = 0.0, 0
        return 1000 * pace

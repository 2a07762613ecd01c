"""After the first steps the loss is still that of guessing: nothing is being learned."""

from __future__ import annotations

import math
import statistics
from collections import deque

from .finding import Finding

_STEPS = 100
"""Steps after the warm-up in which any working set-up has left the start: letter frequencies
alone take a character model from ln 65 = 4.17 to 3.3 within tens of steps."""
_NEAR = 0.98
"""Share of ln V above which a loss is as good as guessing."""
_LEFT = 0.95
"""The same below which a run that was has left it."""
_FEWEST = 3


class FlatAtRandom:
    """Watches the logged losses.

    Args:
        guessing: ln of the vocabulary's size, in nats.
        warmup_steps: Steps in which the learning rate is still climbing.
        first_step: Steps done when the watching began.
    """

    def __init__(self, guessing: float, warmup_steps: int, first_step: int = 0) -> None:
        self._guessing = guessing
        self._from = max(_STEPS + warmup_steps, first_step)
        self._recent: deque[float] = deque(maxlen=9)
        self._holds = False

    def take(self, step: int, loss: float, lr: float) -> Finding | None:
        """Take a logged loss in, and say whether the run is no better than guessing."""
        if math.isfinite(loss):
            self._recent.append(loss)
        if step < self._from or len(self._recent) < _FEWEST:
            return None
        middle = statistics.median(self._recent)
        if middle < (_LEFT if self._holds else _NEAR) * self._guessing:
            self._holds = False
            return None
        self._holds = True
        return Finding(
            kind="flat_at_random",
            level="warning",
            since=0,
            text="no better than guessing",
            evidence=f"loss {middle:.2f} after {step:,} steps; guessing is {self._guessing:.2f}",
            advice=f"Check the text and the learning rate, now {lr:.1e}.",
        )

"""How far a text has come, by the app's own clock: what a person waited, and what they see."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ttgpt.engine.commands import Chunk

_SHORTEST_SPAN = 0.1
"""Seconds below which a rate would tell of the clock and of how text is sent, not of the model."""


@dataclass
class PlayProgress:
    """Measured on one text while it comes; all moments are monotonic seconds."""

    asked: float
    """When the worker was asked."""
    wanted: int
    """Tokens that were asked for, of each sample."""
    tokens: int = 0
    """Tokens that have come of the longest sample."""
    slowdown: float | None = None
    """By what share a training step takes longer meanwhile; None when nothing trains."""
    first: float | None = None
    """When the first of them came."""
    last: float = -math.inf
    """When the last of them came."""
    _first_tokens: int = 0
    _samples: dict[int, int] = field(default_factory=dict)

    @property
    def first_ms(self) -> float | None:
        """Milliseconds from asking to the first text; None before it came."""
        return None if self.first is None else 1000 * (self.first - self.asked)

    @property
    def tokens_per_s(self) -> float | None:
        """Tokens a second after the first text; None while there is too little to measure."""
        if self.first is None or self.last - self.first < _SHORTEST_SPAN:
            return None
        return (self._all_tokens - self._first_tokens) / (self.last - self.first)

    @property
    def _all_tokens(self) -> int:
        return sum(self._samples.values())

    def came(self, chunk: Chunk, now: float) -> None:
        """Note how many tokens there are now."""
        self._samples[chunk.sample] = chunk.tokens
        if self.first is None:
            self.first, self._first_tokens = now, chunk.tokens
        self.tokens, self.last = max(self._samples.values()), now
        self.slowdown = chunk.slowdown

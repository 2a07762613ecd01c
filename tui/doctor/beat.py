"""Whether a card's heartbeat moves, told from the counts of several looks at it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ttgpt.engine.doctor.cards import Card

PATIENCE = 3.0
"""Seconds without a change after which a heartbeat is called still; firmware counts each second."""

_Seen = tuple[int, float, bool]
"""A count, when it was first seen, and whether it was ever seen to change."""


class Beats:
    """Remembers each card's heartbeat from one look to the next."""

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}
        self._now = -math.inf

    def look(self, cards: Iterable[Card], now: float) -> None:
        """Take the counts of this moment, in seconds of a clock that only goes forward."""
        self._now, before = now, self._seen
        self._seen = {}
        for card in cards:
            if card.heartbeat is not None:
                old = before.get(card.index)
                if old is None:
                    self._seen[card.index] = (card.heartbeat, now, False)
                elif old[0] == card.heartbeat:
                    self._seen[card.index] = old
                else:
                    self._seen[card.index] = (card.heartbeat, now, True)

    def word(self, index: int) -> str:
        """Say moving or still; empty where there is no heartbeat, or it is too early to say."""
        if index not in self._seen:
            return ""
        _, since, moved = self._seen[index]
        if self._now - since >= PATIENCE:
            return "still"
        return "moving" if moved else ""

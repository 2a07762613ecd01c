"""What was changed while a text was being written, and where in it."""

from __future__ import annotations

import math
from typing import NamedTuple

ONE_DRAG = 1.0
"""Seconds within which moves of one slider count as one change."""


class Change(NamedTuple):
    """A sampling value that was changed."""

    tokens: int
    """Tokens written before it took effect."""
    name: str
    old: str
    new: str


class ChangeLog:
    """The changes of one text; the moves of a drag are one change."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._moved_at = -math.inf

    def add(self, change: Change, now: float) -> bool:
        """Note a change.

        Args:
            change: What took effect.
            now: Monotonic seconds.

        Returns:
            Whether it is at a new place in the text.
        """
        last = self.changes[-1] if self.changes else None
        is_drag = last is not None and last.name == change.name and now - self._moved_at < ONE_DRAG
        self._moved_at = now
        if last is not None and is_drag:
            self.changes[-1] = last._replace(new=change.new)
            return False
        self.changes.append(change)
        return last is None or last.tokens != change.tokens

"""How work on a text says how far it is."""

from __future__ import annotations

from collections.abc import Callable

Say = Callable[[str, int, int], None]
"""Takes a few words about what is being done, how much is done, and of how much; 0 if not known."""


def silent(what: str, done: int, total: int) -> None:
    """Say nothing."""

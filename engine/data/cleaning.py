"""Take out of a text what a model should not learn.

A text passes in segments (see there), so that a long one needs little memory; a step keeps what it
must remember between two. A step that is off is not there, so that without any the text stays as
it is, byte for byte.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from .segments import segments


class Step(ABC):
    """One kind of cleaning, with a count of what it removed and the first place it changed."""

    name: str
    """The field in `Cleaning`."""
    unit: str
    """What is counted."""

    def __init__(self) -> None:
        self.removed = 0
        self.before = ""
        self.after = ""

    @abstractmethod
    def change(self, text: str) -> str:
        """Give the segment as it should be, and count."""

    def begin_file(self) -> None:  # noqa: B027 (most steps remember nothing)
        """Forget what was seen of another file."""

    def feed(self, text: str) -> str:
        """Change a segment, and keep the first change as a preview."""
        changed = self.change(text)
        if not self.before and changed != text:
            self.before, self.after = _excerpts(text, changed)
        return changed


def clean(parts: Iterable[str], steps: list[Step]) -> Iterator[str]:
    """Pass a file's text through the steps, one after the other."""
    for step in steps:
        step.begin_file()
    for segment in segments(parts):
        for step in steps:
            segment = step.feed(segment)
        if segment:
            yield segment


def _excerpts(before: str, after: str, around: int = 60, length: int = 240) -> tuple[str, str]:
    """Give both texts from shortly before the first place where they differ."""
    place = _first_difference(before, after)
    start = max(0, place - around)
    return before[start : start + length], after[start : start + length]


def _first_difference(one: str, other: str) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low

"""Look at UTF-8 a block at a time: its code points as numbers, and how often each occurs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

BLOCK = 1 << 19
"""Bytes looked at together: a few of the arrays made of them fit a core's cache."""

Numbers = npt.NDArray[np.unsignedinteger]
Counts = npt.NDArray[np.int64]


def blocks(text: memoryview) -> Iterator[memoryview]:
    """Cut UTF-8 into blocks that end between two characters."""
    start = 0
    while start < len(text):
        end = min(len(text), start + BLOCK)
        while start + 4 < end < len(text) and text[end] & 0xC0 == 0x80:
            end -= 1
        yield text[start:end]
        start = end


def numbers(block: memoryview) -> Numbers:
    """Give the code points of a block, [n]: uint8 where all are ASCII, else uint32.

    Raises:
        UnicodeDecodeError: It is not UTF-8.
    """
    raw = bytes(block)
    if raw.isascii():
        return np.frombuffer(raw, dtype=np.uint8)
    return np.frombuffer(raw.decode("utf-8").encode("utf-32-le"), dtype="<u4")


def byte_counts(found: Numbers) -> Counts:
    """Count ASCII, [n] of uint8, two at a time: half the steps of counting each. Gives [128]."""
    even = len(found) // 2 * 2
    pairs = np.bincount(found[:even].view("<u2"), minlength=1 << 15).reshape(128, 256)
    counts: Counts = pairs.sum(axis=0)[:128] + pairs.sum(axis=1)
    for last in found[even:]:
        counts[last] += 1
    return counts


@dataclass
class CodePoints:
    """How often each character occurs, gathered block by block."""

    counts: Counts = field(default_factory=lambda: np.zeros(128, np.int64))

    def add(self, found: Numbers) -> None:
        """Count a block's characters."""
        new = byte_counts(found) if found.dtype == np.uint8 else np.bincount(found)
        if len(new) > len(self.counts):
            new[: len(self.counts)] += self.counts
            self.counts = new
        else:
            self.counts[: len(new)] += new

    def count(self, character: str) -> int:
        """Give how often a character occurs."""
        place = ord(character)
        return int(self.counts[place]) if place < len(self.counts) else 0

    @property
    def total(self) -> int:
        """All characters."""
        return int(self.counts.sum())

    @property
    def present(self) -> list[int]:
        """The code points that occur, rising."""
        return [int(place) for place in np.flatnonzero(self.counts)]

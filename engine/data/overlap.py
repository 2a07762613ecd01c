"""Whether the validation part is new: how much of it the training part has word for word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .codepoints import blocks, numbers

WINDOW = 50
"""Characters. Fewer are shared by chance, such as a name with its stage direction."""
_MOST = 20_000
"""Windows that are looked for; of more, some at even distances."""
_FACTOR = 0x9E3779B97F4A7C15
"""Odd, its bits well mixed: 2^64 divided by the golden ratio."""
_FILTER_BITS = 20

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Overlap:
    """Share of the validation part's windows that occur in the training part."""

    share: float
    is_estimate: bool
    """Whether only some windows were looked for."""


def overlap(train: Iterable[memoryview], val: Sequence[memoryview]) -> Overlap:
    """Look for the validation part's windows in the training part; both are UTF-8."""
    # Its bytes are an upper bound of its windows, and known without another look.
    step = max(1, -(-sum(map(len, val)) // _MOST))
    asked = np.concatenate([np.zeros(0, np.uint64), *_every(step, _hashes(val))])
    if not len(asked):
        return Overlap(0.0, is_estimate=False)
    wanted, counts = np.unique(asked, return_counts=True)
    found = np.zeros(len(wanted), bool)
    # Most windows are let go by a table of 2^20 marks, which costs far less than the search.
    marks = np.zeros(1 << _FILTER_BITS, bool)
    shift = np.uint64(64 - _FILTER_BITS)
    marks[wanted >> shift] = True
    for hashes in _hashes(train):
        maybe = hashes[marks[hashes >> shift]]
        places = np.minimum(np.searchsorted(wanted, maybe), len(wanted) - 1)
        found[places[wanted[places] == maybe]] = True
    share = float(counts[found].sum() / counts.sum())
    return Overlap(share, is_estimate=step > 1)


def _every(step: int, hashes: Iterable[Hashes]) -> Iterator[Hashes]:
    """Keep one of so many, over all blocks."""
    place = 0
    for block in hashes:
        yield block[-place % step :: step].copy()  # a view would keep the whole block
        place += len(block)


def _hashes(pieces: Iterable[memoryview]) -> Iterator[Hashes]:
    """Hash every window of a text, a block at a time."""
    held = np.zeros(0, np.uint64)
    for piece in pieces:
        for block in blocks(piece):
            points = np.concatenate([held, numbers(block).astype(np.uint64)])
            if len(points) >= WINDOW:
                yield _of_windows(points)
            held = points[-(WINDOW - 1) :]


def _of_windows(points: Hashes) -> Hashes:
    """Give a polynomial's value for each window, modulo 2^64, by doubling: 50 = 32 + 16 + 2."""
    by_length = {1: points * np.uint64(_FACTOR)}
    for length in (2, 4, 8, 16, 32):
        half = by_length[length // 2]
        by_length[length] = half[: -length // 2] * _power(length // 2) + half[length // 2 :]
    count = len(points) - WINDOW + 1
    first: Hashes = by_length[32][:count] * _power(16) + by_length[16][32 : 32 + count]
    whole: Hashes = first * _power(2) + by_length[2][48 : 48 + count]
    return whole


def _power(exponent: int) -> np.uint64:
    power: np.uint64 = np.uint64(pow(_FACTOR, exponent, 1 << 64))
    return power

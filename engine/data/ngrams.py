"""What a text costs to predict without a network: the lines a loss curve is read against.

With n_j the count of token j among the N that were counted of the training part and V the
vocabulary's size, add-one smoothing (so that nothing is impossible) gives

    unigram     p(j) = (n_j + 1) / (N + V)             mean over val of -ln p(j)
    bigram      p(j | i) = (n_ij + 1) / (n_i + V)      mean over the pairs inside val

where n_ij counts j right after i, and n_i = sum over j of n_ij. The validation part's first token
has none before it and does not count for pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Tokens = npt.NDArray[np.unsignedinteger]
Counts = npt.NDArray[np.int64]

_DENSE = 1 << 10
"""Largest vocabulary whose pairs are counted in a table of V x V; beyond, pairs are sorted."""
_MOST_DENSE = 1 << 24
"""Tokens counted of a part in a table; of 100 MB, counting all changed no loss by 0.001."""
_BYTE = 256
_BLOCK = 1 << 19
"""Tokens counted at a time."""
_MOST_SORTED = 1 << 22
"""Tokens counted of a part when pairs are sorted, which takes ten times as long."""
_DIGITS = 9
"""Kept of a loss: the logarithm's last digit may differ between processors."""


@dataclass(frozen=True)
class Losses:
    """Nats per validation token."""

    unigram: float
    bigram: float
    counted_tokens: int
    """Of the training part: all of it, or blocks spread evenly over it."""


@dataclass(frozen=True)
class Counted:
    """A part's tokens and its pairs of neighbours."""

    tokens: Counts
    """n_j, [V]."""
    firsts: Counts
    """n_i, [V]: how often a token has one after it."""
    pairs: Counts
    """Keys i V + j of the pairs that occur, rising."""
    pair_counts: Counts
    """n_ij of each."""


class PairTable:
    """Counts the pairs of a part whose tokens come block by block, for a small vocabulary.

    Args:
        vocab_size: V.
        longest: Tokens that may come, or more. Of a part that is longer than `_MOST_DENSE`, only
            blocks at even distances are counted.
    """

    def __init__(self, vocab_size: int, longest: int = 0) -> None:
        self._size = vocab_size
        self._table = np.zeros(vocab_size * vocab_size, np.int64)
        self._bytes = np.zeros(_BYTE * _BYTE, np.int64)
        self._ends = np.zeros(vocab_size, np.int64)
        self._last: int | None = None
        self._step = max(1, -(-longest // _MOST_DENSE))
        self._came = 0

    def add(self, block: Tokens) -> None:
        """Count a block's pairs, and the one over the border before it; or leave it out."""
        if not len(block):
            return
        self._came += 1
        if (self._came - 1) % self._step:
            self._end_run()
            return
        if self._last is not None:
            self._table[self._last * self._size + int(block[0])] += 1
        self._last = int(block[-1])
        if self._size <= _BYTE:
            self._count_bytes(block.astype(np.uint8))
            return
        step = max(len(block), len(self._table))
        for start in range(0, len(block) - 1, step):
            keys = _keys(block[start : start + step + 1], self._size)
            self._table += np.bincount(keys, minlength=len(self._table))

    def counted(self) -> Counted:
        """Give what was counted."""
        if self._size <= _BYTE:
            # Little-endian: the first token was the low byte.
            small = self._bytes.reshape(_BYTE, _BYTE).T[: self._size, : self._size]
            self._table += small.ravel()
            self._bytes[:] = 0
        self._end_run()
        firsts = self._table.reshape(self._size, self._size).sum(axis=1)
        pairs = np.flatnonzero(self._table)
        return Counted(firsts + self._ends, firsts, pairs, self._table[pairs])

    def _end_run(self) -> None:
        """Count the last token before a gap, which is nobody's first."""
        if self._last is not None:
            self._ends[self._last] += 1
            self._last = None

    def _count_bytes(self, ids: npt.NDArray[np.uint8]) -> None:
        """Count pairs by reading two bytes as one number, from even places and from odd ones."""
        for some in (ids[: len(ids) // 2 * 2], ids[1 : 1 + (len(ids) - 1) // 2 * 2]):
            self._bytes += np.bincount(some.view("<u2"), minlength=_BYTE * _BYTE)


def is_dense(vocab_size: int) -> bool:
    """Say whether a vocabulary's pairs fit a table."""
    return vocab_size <= _DENSE


def count(part: Tokens, vocab_size: int) -> Counted:
    """Count a part's pairs; of a long one with a large vocabulary, those of some blocks of it."""
    if not is_dense(vocab_size):
        return _sorted(part, vocab_size)
    table = PairTable(vocab_size)
    for start in range(0, len(part), _BLOCK):
        table.add(part[start : start + _BLOCK])
    return table.counted()


def losses(known: Counted, asked: Counted, vocab_size: int) -> Losses:
    """Give what predicting the second part costs once the first is counted."""
    total = int(known.tokens.sum())
    unigram = asked.tokens * np.log((total + vocab_size) / (known.tokens + 1))
    bigram = asked.pair_counts * np.log(
        (known.firsts[asked.pairs // vocab_size] + vocab_size) / (_found(known, asked.pairs) + 1)
    )
    return Losses(
        round(float(unigram.sum()) / max(1, int(asked.tokens.sum())), _DIGITS),
        round(float(bigram.sum()) / max(1, int(asked.pair_counts.sum())), _DIGITS),
        total,
    )


def _sorted(part: Tokens, vocab_size: int) -> Counted:
    """Count the pairs of some blocks of a part, spread evenly over it; all if they are few."""
    starts = range(0, len(part), _BLOCK)
    wanted = min(len(starts), _MOST_SORTED // _BLOCK)
    if wanted == len(starts):
        blocks = [part[:]]
    else:
        chosen = (starts[i * len(starts) // wanted] for i in range(wanted))
        blocks = [part[start : start + _BLOCK] for start in chosen]
    keys = np.concatenate([_keys(block, vocab_size) for block in blocks])
    tokens = sum(np.bincount(block, minlength=vocab_size) for block in blocks)
    pairs, pair_counts = np.unique(keys, return_counts=True)
    firsts = np.bincount(keys // vocab_size, minlength=vocab_size)
    return Counted(np.asarray(tokens), firsts, pairs, pair_counts)


def _keys(block: Tokens, vocab_size: int) -> Counts:
    ids = block.astype(np.int64)
    return ids[:-1] * vocab_size + ids[1:]


def _found(known: Counted, pairs: Counts) -> Counts:
    """Look up how often pairs were counted."""
    if not len(known.pairs):
        return np.zeros(len(pairs), np.int64)
    places = np.minimum(np.searchsorted(known.pairs, pairs), len(known.pairs) - 1)
    return np.where(known.pairs[places] == pairs, known.pair_counts[places], 0)

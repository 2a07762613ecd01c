"""A portion of a long text that stands for the whole: some of it, at even distances."""

from __future__ import annotations

from dataclasses import dataclass

from .codepoints import blocks
from .corpus import Corpus
from .file_text import Pieces

MOST = 1 << 21
"""Bytes of each part that are taken; a part that is shorter is taken whole."""
_RUN = 1 << 17
"""Bytes of the pieces that are taken."""


@dataclass(frozen=True)
class Portion:
    """What is taken of the training and the validation part, and how many times more there is."""

    train: Pieces
    train_scale: float
    val: Pieces
    val_scale: float

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out."""
        return self.train_scale == self.val_scale == 1.0


def portion_of(corpus: Corpus) -> Portion:
    """Take a portion of a text."""
    return Portion(*_taken(corpus.train), *_taken(corpus.val))


def _taken(pieces: Pieces) -> tuple[Pieces, float]:
    total = sum(map(len, pieces))
    if total <= MOST:
        return pieces, 1.0
    runs = [run for piece in pieces for block in blocks(piece) for run in _runs(block)]
    wanted = max(1, MOST * len(runs) // total)
    chosen = [runs[i * len(runs) // wanted] for i in range(wanted)]
    return chosen, total / sum(map(len, chosen))


def _runs(block: memoryview) -> Pieces:
    """Cut a block into runs that end between two characters."""
    runs, start = [], 0
    while start < len(block):
        end = min(len(block), start + _RUN)
        while end < len(block) and block[end] & 0xC0 == 0x80:
            end += 1
        runs.append(block[start:end])
        start = end
    return runs

"""Which windows of the text a step trains on, and which an evaluation reads.

Nothing here has state: the windows of step N follow from the seed and N alone, so a resumed run
reads what the uninterrupted one would have read.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .mapped import TokenMap
from .meta import check_window

Tokens = npt.NDArray[np.int64]


class TrainBatches:
    """Random windows of the training part."""

    def __init__(self, tokens: TokenMap, batch_size: int, block_size: int, seed: int) -> None:
        """Check that the part holds a window.

        Raises:
            DataError: It is too short.
        """
        check_window("training", len(tokens), block_size)
        self._tokens = tokens
        self._batch_size = batch_size
        self._block_size = block_size
        self._seed = seed

    def micro_batches(self, step: int, count: int) -> list[tuple[Tokens, Tokens]]:
        """Give a step's micro-batches: `count` pairs of inputs and targets, each int64 [B, T].

        The same sequences come in the same order however they are shared out, so that more
        micro-batches of a smaller size train alike.
        """
        starts = self._starts(step, count * self._batch_size)
        windows = _gather(self._tokens, starts, self._block_size)
        shares = windows.reshape(count, self._batch_size, self._block_size + 1)
        return [_split(share) for share in shares]

    def _starts(self, step: int, count: int) -> npt.NDArray[np.int64]:
        # A counter-based generator can begin anywhere; the step sits in the counter's highest word,
        # so no two steps share numbers. Raw numbers are used because numpy promises them, and
        # not what `Generator` makes of them, to stay the same between its versions.
        numbers = np.random.Philox(key=self._seed, counter=[0, 0, 0, step]).random_raw(count)
        places = len(self._tokens) - self._block_size
        # The remainder favours low places by less than places / 2^64: nothing.
        starts: npt.NDArray[np.int64] = (numbers % np.uint64(places)).astype(np.int64)
        return starts


def eval_windows(
    tokens: TokenMap, block_size: int, max_tokens: int, part: str = "validation"
) -> tuple[Tokens, Tokens]:
    """Give the fixed windows of an evaluation: inputs and targets, each int64 [n, T].

    The windows do not overlap and are the same every time. When the part is longer than
    max_tokens they are spread evenly over it. A rest shorter than a window is left out.

    Raises:
        DataError: The part is shorter than one window.
    """
    check_window(part, len(tokens), block_size)
    there = (len(tokens) - 1) // block_size
    wanted = min(there, max(1, max_tokens // block_size))
    starts = np.arange(wanted, dtype=np.int64) * there // wanted * block_size
    return _split(_gather(tokens, starts, block_size))


def _gather(tokens: TokenMap, starts: npt.NDArray[np.int64], block_size: int) -> Tokens:
    """Read windows of T + 1 tokens, [n, T + 1], in one go."""
    windows = tokens[starts[:, None] + np.arange(block_size + 1)]
    return np.asarray(windows, dtype=np.int64)


def _split(windows: Tokens) -> tuple[Tokens, Tokens]:
    # Contiguous copies: some backends read a strided view wrongly.
    return np.ascontiguousarray(windows[:, :-1]), np.ascontiguousarray(windows[:, 1:])

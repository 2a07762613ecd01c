"""Measure the losses on both parts of a text, on the same windows every time."""

from __future__ import annotations

from collections.abc import Callable, Generator

from ..backends import Session
from ..data.batches import eval_windows
from ..data.mapped import DataSet

Losses = tuple[float, float]
"""Of the training and of the validation part, in nats per token."""

_BATCH_TOKENS = 16_384
"""Tokens evaluated in one turn, so that a command never waits for a whole evaluation."""


class Evaluation:
    """The fixed windows of a run.

    Args:
        session: The model.
        data: The text.
        block_size: Tokens in a window.
        max_tokens: Tokens read of each part.
    """

    def __init__(self, session: Session, data: DataSet, block_size: int, max_tokens: int) -> None:
        self._session = session
        self._train = eval_windows(data.train, block_size, max_tokens, "training")
        self._val = eval_windows(data.val, block_size, max_tokens)

    @property
    def val_tokens(self) -> int:
        """Validation tokens that the loss rests on."""
        return int(self._val[1].size)

    def measure(self, give_up: Callable[[], bool]) -> Generator[None, None, Losses | None]:
        """Give both mean losses.

        Yields between batches, and gives None as soon as it may give up.
        """
        losses = []
        for inputs, targets in (self._train, self._val):
            rows = max(1, _BATCH_TOKENS // inputs.shape[1])
            summed, tokens = 0.0, 0
            for start in range(0, len(inputs), rows):
                part = slice(start, start + rows)
                nll, count = self._session.evaluate(inputs[part], targets[part])
                summed, tokens = summed + nll, tokens + count
                yield None
                if give_up():
                    return None
            losses.append(summed / tokens)
        return losses[0], losses[1]

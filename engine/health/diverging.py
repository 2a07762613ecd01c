"""The loss climbs and stays up: the steps are too long for the weights to recover."""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Sequence

from .finding import Evaluation, Finding

_LASTS = 50
"""Steps for which the loss must stay up. Short spikes heal by themselves (PaLM, Chowdhery et al.
2022, section 5.1); a known failure on a card climbs about step 396 and does not come back."""
_FEWEST = 5
"""Logged losses in those steps, where few are logged."""
_TIMES_BEST = 2.0
"""Times the best loss, beyond which it is up."""
_WORSE_THAN_GUESSING = 1.05
"""Times the loss of guessing, beyond which a run that had learned is up too."""
_NEVER_LEARNED = 1.5
"""The same for a run that had not: a fresh network may begin a little above guessing."""
_HAD_LEARNED = 0.9
"""Times the loss of guessing, below which a run had learned."""
_RISEN = 1.15
"""Times the best evaluation, beyond which both losses have risen. Evaluations read the same text
each time: they waver by a per cent, and small networks break from 2.4 to about 3.2."""
_RISEN_LASTS = 3
"""Evaluations in a row for which both must have."""
_ADVICE = "Go back to a checkpoint from before, with a lower learning rate."


class Diverging:
    """Watches the logged losses.

    Args:
        guessing: ln of the vocabulary's size, in nats.
        best: The lowest loss before, where the run goes on from a checkpoint.
    """

    def __init__(self, guessing: float, best: float = math.inf) -> None:
        self._guessing = guessing
        self._best, self._best_step = best, 0
        self._recent: deque[tuple[int, float]] = deque(maxlen=3)
        self._up: list[tuple[int, float]] = []

    def take(self, step: int, loss: float) -> Finding | None:
        """Take a logged loss in, and say whether the run diverges now."""
        if not math.isfinite(loss):
            return None
        limit = self._limit()
        if loss <= limit:
            self._up.clear()
            self._keep_best(step, loss)
            return None
        self._up.append((step, loss))
        if len(self._up) < _FEWEST or step - self._up[0][0] < _LASTS:
            return None
        del self._up[1:-_FEWEST]
        return self._finding(loss)

    @property
    def up_since(self) -> int | None:
        """The step since which the loss is up, however long that is; None while it is not."""
        return self._up[0][0] if self._up else None

    def _limit(self) -> float:
        had_learned = self._best < _HAD_LEARNED * self._guessing
        worse = _WORSE_THAN_GUESSING if had_learned else _NEVER_LEARNED
        return min(_TIMES_BEST * self._best, worse * self._guessing)

    def _keep_best(self, step: int, loss: float) -> None:
        """The best is a median of three, so that no lucky batch sets the bar."""
        self._recent.append((step, loss))
        middle = statistics.median(value for _, value in self._recent)
        if len(self._recent) == self._recent.maxlen and middle < self._best:
            self._best, self._best_step = middle, step

    def _finding(self, loss: float) -> Finding:
        was = f"it was {self._best:.2f}" if math.isfinite(self._best) else "it never fell"
        at = f" at step {self._best_step:,}" if self._best_step else ""
        return _diverging(
            self._up[0][0], f"loss {loss:.2f}; {was}{at}; guessing is {self._guessing:.2f}"
        )


def risen(found: Sequence[Evaluation]) -> Finding | None:
    """Say since when both evaluated losses are far above what they were.

    Args:
        found: The evaluations so far, by step.
    """
    if not found:
        return None
    best = min(found, key=lambda one: one.val_loss)
    up = [one for one in found if one.step > best.step][-_RISEN_LASTS:]
    if len(up) < _RISEN_LASTS or up[-1].step - up[0].step < _LASTS:
        return None
    if any(_RISEN * best.val_loss > one.val_loss for one in up):
        return None
    if any(_RISEN * best.train_loss > one.train_loss for one in up):
        return None  # overfitting, where the training loss does not rise
    newest = up[-1]
    return _diverging(
        next(one.step for one in found if one.step > best.step),
        f"val rose {best.val_loss:.3f} to {newest.val_loss:.3f}, "
        f"train rose {best.train_loss:.3f} to {newest.train_loss:.3f}",
    )


def _diverging(since: int, evidence: str) -> Finding:
    return Finding(
        kind="diverging",
        level="error",
        since=since,
        text=f"diverging since step {since:,}",
        evidence=evidence,
        advice=_ADVICE,
    )

"""Repetition penalty: what was written lately becomes less likely.

Keskar et al. 2019, "CTRL" (arXiv 1909.05858), section 4.1: a positive logit is divided by the
penalty, a negative one multiplied, once for each token that occurs. Unlike there, only the last
`SPAN` tokens count: a model of characters writes every letter again and again.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

SPAN = 64
"""Tokens looked back on; the same as the default of llama.cpp (`repeat_last_n`)."""

OFF = 1.0


def penalised(
    logits: npt.NDArray[np.floating], recent: Collection[int], penalty: float
) -> npt.NDArray[np.float64]:
    """Give the logits, float64 [V], with those of recent tokens moved down.

    Args:
        logits: The model's own, [V].
        recent: The last tokens of the text, at most `SPAN` of them.
        penalty: 1 is off; above 1 discourages, below 1 encourages.
    """
    scores = np.array(logits, dtype=np.float64)
    if penalty == OFF or not recent:
        return scores
    places = np.unique(np.fromiter(recent, dtype=np.int64))
    found = scores[places]
    scores[places] = np.where(found > 0, found / penalty, found * penalty)
    return scores

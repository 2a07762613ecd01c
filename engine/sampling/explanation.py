"""Why a token was drawn: the likeliest ones, before and after the sampling values act."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backends import Session
from ..commands import Inspect
from ..data.tokenizer import Tokenizer
from .generation import sampling_of, usable_prompt
from .penalty import SPAN
from .sampler import Probabilities, SamplingConfig, cut_by, probabilities
from .window import seen

_PLAIN = SamplingConfig(1.0, 0, 1.0)


def explain(
    session: Session, tokenizer: Tokenizer, block_size: int, command: Inspect
) -> dict[str, Any]:
    """Give the likeliest next tokens after a text, by the model alone and after the values act.

    Returns:
        `tokens`: a list of `{"id", "text", "before", "after", "cut"}`, likeliest first, where cut
        names the value that took its chance away; `entropy` and `entropy_after` in nats; `kept`,
        how many tokens may be drawn; `seen`, how many tokens the model looked back on.

    Raises:
        UsageError: A sampling value is out of range.
        DataError: One of the ids is outside the vocabulary.
    """
    tokenizer.to_bytes(command.ids)
    config = sampling_of(command)
    given = tokenizer.encode(usable_prompt(command.text, tokenizer, lenient=True))
    before_it = [*given, *command.ids]
    window = before_it[-seen(len(given), len(command.ids), block_size) :]
    logits = session.decoder(np.array([window], dtype=np.int64)).logits()[0]
    recent = before_it[-SPAN:]
    before, after = probabilities(logits, _PLAIN), probabilities(logits, config, recent)
    cut = cut_by(logits, config, recent)
    return {
        "tokens": [
            {
                "id": i,
                "text": tokenizer.to_bytes([i]).decode("utf-8", "backslashreplace"),
                "before": float(before[i]),
                "after": float(after[i]),
                "cut": cut[i],
            }
            for i in _told(before, command)
        ],
        "entropy": entropy(before),
        "entropy_after": entropy(after),
        "kept": int(np.count_nonzero(after)),
        "seen": len(window),
    }


def entropy(chances: Probabilities) -> float:
    """Give the entropy of a distribution, [V], in nats."""
    possible = chances[chances > 0]
    return float(-(possible * np.log(possible)).sum()) + 0.0


def _told(before: Probabilities, command: Inspect) -> list[int]:
    order = [int(i) for i in np.argsort(-before, kind="stable")[: max(1, command.count)]]
    if 0 <= command.drawn < len(before) and command.drawn not in order:
        order[-1] = command.drawn
    return order

"""From logits to a token: repetition penalty, temperature, top-k, top-p, then one draw.

Done on the host in float64, the same for every backend: the same logits and seed give the same
token.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..config import REPETITION_PENALTY, TEMPERATURE, TOP_K, TOP_P, Checked, option
from ..errors import TtgptError, UsageError
from .penalty import OFF, penalised

Probabilities = npt.NDArray[np.float64]

TOLERANCE = 1e-12
"""By how much a sum of probabilities may miss top_p and still reach it: sums are rounded."""


@dataclass(frozen=True)
class SamplingConfig(Checked):
    """How boldly to draw."""

    temperature: float = option(0.8, **TEMPERATURE)
    """0 takes the likeliest token; 1 is the model's own odds."""
    top_k: int = option(40, **TOP_K)
    """Only the k likeliest tokens may be drawn. 0 is off."""
    top_p: float = option(1.0, **TOP_P)
    """Only the likeliest tokens that make up this share may be drawn. 1 is off."""
    repetition_penalty: float = option(OFF, **REPETITION_PENALTY)
    """Above 1, tokens written lately are less likely; see `penalty`. 1 is off."""


def probabilities(
    logits: npt.NDArray[np.floating], config: SamplingConfig, recent: Collection[int] = ()
) -> Probabilities:
    """Give each token's chance of being drawn, float64 [V], from its logits, [V].

    Temperature divides the logits; 0 gives the likeliest token everything. Top-k keeps the k
    largest logits, top-p the fewest of these whose renormalised sum reaches p, at least one. The
    order is that of the logits; of equals the lower index comes first, so a tie at the border
    keeps exactly as many as asked. `recent` are the last tokens, for the repetition penalty.

    Raises:
        NotFiniteError: A logit is NaN or +inf, or all are -inf.
    """
    scores = _penalised(logits, config, recent)
    if config.temperature == 0:
        chances = np.zeros(len(scores))
        chances[np.argmax(scores)] = 1.0
        return chances
    chances = _heated(scores, config.temperature)
    if 0 < config.top_k < len(scores) or config.top_p < 1:
        order, _, kept = _ranks(scores, chances, config)
        chances[order[kept:]] = 0.0
    return np.asarray(chances / chances.sum(), dtype=np.float64)


def cut_by(
    logits: npt.NDArray[np.floating], config: SamplingConfig, recent: Collection[int] = ()
) -> list[str]:
    """Say for each token which of the values took its chance away; empty for one that has one.

    Raises:
        TtgptError: The logits are not usable, see `probabilities`.
    """
    scores = _penalised(logits, config, recent)
    if config.temperature == 0:
        best = int(np.argmax(scores))
        return ["" if i == best else "temperature" for i in range(len(scores))]
    chances = _heated(scores, config.temperature)
    order, in_top_k, kept = _ranks(scores, chances, config)
    words = [""] * len(scores)
    for rank, token in enumerate(order):
        if rank >= kept:
            words[token] = "top_k" if rank >= in_top_k else "top_p"
    return words


def surprise(logits: npt.NDArray[np.floating], token: int) -> float:
    """Give -ln of a token's chance by the model alone, in nats; always finite for a drawn one."""
    scores = np.asarray(logits, dtype=np.float64)
    top = scores.max()
    return float(np.log(np.exp(scores - top).sum()) + top - scores[token])


def draw(
    logits: npt.NDArray[np.floating],
    config: SamplingConfig,
    rng: np.random.Generator,
    recent: Collection[int] = (),
) -> int:
    """Draw one token with one uniform number, by the inverse of the cumulative distribution.

    Temperature 0 takes a number too, so that a change of temperature leaves later draws alone.

    Raises:
        TtgptError: The logits are not usable, see `probabilities`.
    """
    chances = probabilities(logits, config, recent)
    sums = np.cumsum(chances)
    # The first sum above the number; a token of chance 0 adds nothing and is passed over. The
    # number is at most 1 - 2^-53, which keeps even the rounded product below the last sum.
    return int(np.searchsorted(sums, rng.random() * sums[-1], side="right"))


def new_rng(seed: int, drawn: int = 0) -> np.random.Generator:
    """Give a seed's stream of draws; those of neighbouring seeds are unrelated.

    Args:
        seed: 0 or more.
        drawn: Draws that were made already, for a text that is continued.

    Raises:
        UsageError: The seed is negative.
    """
    if seed < 0:
        raise UsageError(f"seed is {seed}.", "It must be 0 or more.", "Choose another seed.")
    # The key stands for nothing; without it every seed would give another text than before.
    bits = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(0,)))
    bits.advance(drawn)  # a draw takes one number of 64 bits
    return np.random.Generator(bits)


class NotFiniteError(TtgptError):
    """A model's weights, or what it computes with them, are no numbers."""


def _checked(logits: npt.NDArray[np.floating]) -> Probabilities:
    scores = np.asarray(logits, dtype=np.float64)
    # max is NaN when any is NaN, and -inf when all are.
    if not np.isfinite(scores.max()):
        raise NotFiniteError(
            "The model gave logits that are not finite.",
            "Its weights have grown without bound, or are damaged.",
            "Choose an earlier checkpoint.",
        )
    return scores


def _penalised(
    logits: npt.NDArray[np.floating], config: SamplingConfig, recent: Collection[int]
) -> Probabilities:
    """Give the logits after the penalty, [V], checked before."""
    return penalised(_checked(logits), recent, config.repetition_penalty)


def _heated(scores: Probabilities, temperature: float) -> Probabilities:
    """Give chances that are not yet divided by their sum, [V]."""
    # Less the largest first: what overflows then goes to exp(-inf) = 0, never to infinity.
    with np.errstate(over="ignore"):
        scaled = (scores - scores.max()) / temperature
    return np.asarray(np.exp(scaled), dtype=np.float64)


def _ranks(
    scores: Probabilities, chances: Probabilities, config: SamplingConfig
) -> tuple[npt.NDArray[np.int64], int, int]:
    """Give the tokens, likeliest first, [V], how many top-k lets through, and how many both do."""
    # Stable, so that of equal scores the lower index comes first.
    order = np.argsort(-scores, kind="stable")
    in_top_k = min(config.top_k, len(order)) if config.top_k else len(order)
    kept = in_top_k
    if config.top_p < 1:
        sums = np.cumsum(chances[order[:in_top_k]])
        reached = np.searchsorted(sums / sums[-1], config.top_p - TOLERANCE) + 1
        kept = min(kept, int(reached))
    return order, in_top_k, kept

"""From logits to a token: temperature, then top-k, then top-p, then one draw.

Done on the host in float64, the same for every backend: the same logits and seed give the same
token.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .errors import TtgptError, UsageError

Probabilities = npt.NDArray[np.float64]

TOLERANCE = 1e-12
"""By how much a sum of probabilities may miss top_p and still reach it: sums are rounded."""


@dataclass(frozen=True)
class SamplingConfig:
    """How boldly to draw."""

    temperature: float = 0.8
    """0 takes the likeliest token; 1 is the model's own odds."""
    top_k: int = 40
    """Only the k likeliest tokens may be drawn. 0 is off."""
    top_p: float = 1.0
    """Only the likeliest tokens that make up this share may be drawn. 1 is off."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            UsageError: A value is negative, not a number or too large.
        """
        if not (self.temperature >= 0 and math.isfinite(self.temperature)):
            raise _out_of_range("temperature", self.temperature, "0 or more")
        if self.top_k < 0:
            raise _out_of_range("top_k", self.top_k, "0 or more")
        if not 0 <= self.top_p <= 1:
            raise _out_of_range("top_p", self.top_p, "from 0 to 1")


def probabilities(logits: npt.NDArray[np.floating], config: SamplingConfig) -> Probabilities:
    """Give each token's chance of being drawn, float64 [V], from its logits, [V].

    Temperature divides the logits; 0 gives the likeliest token everything. Top-k keeps the k
    largest logits, top-p the fewest of these whose renormalised sum reaches p, at least one. The
    order is that of the logits; of equals the lower index comes first, so a tie at the border
    keeps exactly as many as asked.

    Raises:
        TtgptError: A logit is NaN or +inf, or all are -inf.
    """
    scores = _checked(logits)
    if config.temperature == 0:
        chances = np.zeros(len(scores))
        chances[np.argmax(scores)] = 1.0
        return chances
    # Less the largest first: what overflows then goes to exp(-inf) = 0, never to infinity.
    with np.errstate(over="ignore"):
        scaled = (scores - scores.max()) / config.temperature
    chances = np.exp(scaled)
    if 0 < config.top_k < len(scores) or config.top_p < 1:
        chances[_cut(scores, chances, config)] = 0.0
    return np.asarray(chances / chances.sum(), dtype=np.float64)


def draw(logits: npt.NDArray[np.floating], config: SamplingConfig, rng: np.random.Generator) -> int:
    """Draw one token with one uniform number, by the inverse of the cumulative distribution.

    Temperature 0 takes a number too, so that a change of temperature leaves later draws alone.

    Raises:
        TtgptError: The logits are not usable, see `probabilities`.
    """
    chances = probabilities(logits, config)
    sums = np.cumsum(chances)
    # The first sum above the number; a token of chance 0 adds nothing and is passed over. The
    # number is at most 1 - 2^-53, which keeps even the rounded product below the last sum.
    return int(np.searchsorted(sums, rng.random() * sums[-1], side="right"))


def draw_batch(
    logits: npt.NDArray[np.floating],
    config: SamplingConfig,
    rngs: Sequence[np.random.Generator],
) -> list[int]:
    """Draw one token for each row of [n, V], each with its own generator."""
    return [draw(row, config, rng) for row, rng in zip(logits, rngs, strict=True)]


def new_rng(seed: int, sample_index: int = 0) -> np.random.Generator:
    """Give the stream of draws of one sample; samples of one seed have unrelated streams.

    Raises:
        UsageError: The seed is negative.
    """
    if seed < 0:
        raise _out_of_range("seed", seed, "0 or more")
    sequence = np.random.SeedSequence(seed, spawn_key=(sample_index,))
    return np.random.Generator(np.random.PCG64(sequence))


def _checked(logits: npt.NDArray[np.floating]) -> Probabilities:
    scores = np.asarray(logits, dtype=np.float64)
    # max is NaN when any is NaN, and -inf when all are.
    if not np.isfinite(scores.max()):
        raise TtgptError(
            "The model gave logits that are not finite.",
            "Its weights have grown without bound, or are damaged.",
            "Choose an earlier checkpoint.",
        )
    return scores


def _cut(
    scores: Probabilities, chances: Probabilities, config: SamplingConfig
) -> npt.NDArray[np.int64]:
    """Give the indices that top-k and top-p take out, [V - kept]."""
    # Stable, so that of equal scores the lower index comes first.
    order = np.argsort(-scores, kind="stable")
    kept = min(config.top_k, len(order)) if config.top_k else len(order)
    if config.top_p < 1:
        sums = np.cumsum(chances[order[:kept]])
        reached = np.searchsorted(sums / sums[-1], config.top_p - TOLERANCE) + 1
        kept = min(kept, int(reached))
    return order[kept:]


def _out_of_range(name: str, value: float, wanted: str) -> UsageError:
    return UsageError(f"{name} is {value}.", f"It must be {wanted}.", f"Set {name} to {wanted}.")

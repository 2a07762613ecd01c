"""Norm gains that never moved from where they began: their updates are lost to rounding."""

from __future__ import annotations

from collections.abc import Mapping

from .finding import Finding

_STEPS = 200
"""Steps after which a gain that still has one value was not trained. All gains begin at 1; an
AdamW step moves each by about the learning rate, in its own direction. In bfloat16, numbers next
to 1 lie 1/128 apart, so an update of 1e-3 rounds to nothing."""


def frozen(spreads: Mapping[str, float], step: int, lr: float) -> Finding | None:
    """Say whether norm gains are frozen.

    Args:
        spreads: Of each gain, by its canonical name: the largest value minus the smallest.
        step: Steps done.
        lr: The learning rate now; at zero nothing is meant to move.
    """
    still = [name for name, spread in spreads.items() if spread == 0.0]
    if step < _STEPS or lr <= 0 or not still:
        return None
    return Finding(
        kind="frozen_parameters",
        level="warning",
        since=0,
        text="norm gains do not learn",
        evidence=f"{len(still)} of {len(spreads)} gains have a spread of exactly 0 "
        f"after {step:,} steps",
        advice="Their updates are lost to rounding: train in float32, or round stochastically.",
    )

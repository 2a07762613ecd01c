"""Neither loss falls any more: further steps at this learning rate bring little."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .finding import Evaluation, Finding

_LEAST = 4
"""Evaluations without progress. PyTorch's ReduceLROnPlateau waits for 10 epochs; runs here have
6 to 20 evaluations in all, and the share below takes over in longer ones."""
_SHARE = 0.2
"""Share of the run's evaluations that must have passed without progress."""
_PROGRESS = 0.003
"""Relative fall of a loss that counts. ReduceLROnPlateau's 1e-4 is below what an evaluation on
65,536 tokens can tell apart: its standard error is about 0.005 nats at a loss of 1.5."""


def plateau(found: Sequence[Evaluation], guessing: float) -> Finding | None:
    """Say since when both losses stand still.

    Args:
        found: The evaluations so far, by step.
        guessing: ln of the vocabulary's size: a run that never left it has another trouble.
    """
    window = max(_LEAST, math.ceil(_SHARE * len(found)))
    before, within = found[:-window], found[-window:]
    if not before or before[0].step == found[-1].step:
        return None
    best = min(before, key=lambda one: one.val_loss)
    if best.val_loss > 0.95 * guessing or best.step == 0:
        return None
    if _fell(best.val_loss, min(one.val_loss for one in within)):
        return None
    if _fell(min(o.train_loss for o in before), min(o.train_loss for o in within)):
        return None
    newest = found[-1]
    return Finding(
        kind="plateau",
        level="warning",
        since=best.step,
        text=f"plateau since step {best.step:,}",
        evidence=f"val {best.val_loss:.3f} then, {newest.val_loss:.3f} now; "
        f"train {best.train_loss:.3f} then, {newest.train_loss:.3f} now",
        advice="Lower the learning rate, or stop: more steps alone add little.",
    )


def _fell(old: float, new: float) -> bool:
    return new < old * (1 - _PROGRESS)

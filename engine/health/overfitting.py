"""The training loss falls while the validation loss rises: the text is being learned by heart."""

from __future__ import annotations

from collections.abc import Sequence

from .finding import Evaluation, Finding

_RISES = 3
"""Evaluations in a row above the best one. Prechelt, "Early stopping - but when?" (1998), stops
after k successive rises (criterion UP_k); one or two are noise."""
_RISE = 0.01
"""Share by which the loss must be above its best: Prechelt's generalization loss GL above 1 %."""


def overfitting(found: Sequence[Evaluation], *, held: bool = False) -> Finding | None:
    """Say since when a run overfits.

    It does when the last three evaluations were all above the lowest validation loss, the newest
    by 1 % or more, and the training loss has fallen since that lowest one.

    Args:
        found: The evaluations so far, by step.
        held: Whether it was said before: then only a new lowest validation loss, or a training
            loss that is higher again, takes it back.
    """
    if len(found) <= _RISES:
        return None
    best = min(found, key=lambda one: one.val_loss)
    newest, after = found[-1], [one for one in found if one.step > best.step]
    if not after or newest.train_loss >= best.train_loss:
        return None
    if not held and (len(after) < _RISES or newest.val_loss < best.val_loss * (1 + _RISE)):
        return None
    return Finding(
        kind="overfitting",
        level="warning",
        since=best.step,
        text=f"overfitting since step {best.step:,}",
        evidence=f"val rose {best.val_loss:.3f} to {newest.val_loss:.3f}, "
        f"train fell {best.train_loss:.3f} to {newest.train_loss:.3f}",
        advice=f"Stop and use step {best.step:,}. "
        "Next time: more text, dropout or a smaller model.",
    )

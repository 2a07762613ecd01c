"""The training loss falls while the validation loss rises: the text is being learned by heart."""

from __future__ import annotations

from collections.abc import Sequence

from .finding import Evaluation, Finding

_RISES = 3
"""Evaluations in a row above the best one. Prechelt, "Early stopping - but when?" (1998), stops
after k successive rises (criterion UP_k); one or two are noise."""
_RISE = 0.01
"""Share by which the loss must be above its best: Prechelt's generalization loss GL above 1 %."""


def overfitting(found: Sequence[Evaluation]) -> Finding | None:
    """Say since when a run overfits.

    It does when the last three evaluations were all above the lowest validation loss, the newest
    by 1 % or more, and the training loss has fallen since that lowest one.
    """
    if len(found) <= _RISES:
        return None
    best = min(found, key=lambda one: one.val_loss)
    newest, after = found[-1], [one for one in found if one.step > best.step]
    if len(after) < _RISES or newest.val_loss < best.val_loss * (1 + _RISE):
        return None
    if newest.train_loss >= best.train_loss:
        return None
    return Finding(
        kind="overfitting",
        level="warning",
        since=best.step,
        text=f"overfitting since step {best.step:,}",
        evidence=f"val rose from {best.val_loss:.3f} to {newest.val_loss:.3f} "
        f"while train fell from {best.train_loss:.3f} to {newest.train_loss:.3f}",
        advice=f"Step {best.step:,} is the best: stop and use it. "
        "Next time: more text, dropout or a smaller model.",
    )

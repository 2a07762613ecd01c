"""Which checkpoints to delete: a pure choice, so that it can be tested to the corner."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

from .info import WHOLE, CheckpointInfo

KEPT_FOR_GOOD = frozenset({"milestone", "asked", "final"})


def to_delete(
    checkpoints: Iterable[CheckpointInfo],
    keep_last: int,
    keep_best: int,
    milestones: Collection[int] = (),
) -> list[int]:
    """Give the steps whose checkpoints may go, in order.

    Kept are the newest `keep_last`, the `keep_best` of lowest validation loss (of equals the
    earlier; one without a finite loss is never best), and for good those of `KEPT_FOR_GOOD` and of
    the milestones. Broken ones do not count and are not deleted: a person decides.
    """
    whole = [info for info in checkpoints if info.state == WHOLE]
    newest = sorted((info.step for info in whole), reverse=True)[:keep_last]
    measured = [info for info in whole if math.isfinite(info.val_loss)]
    best = sorted(measured, key=lambda info: (info.val_loss, info.step))[:keep_best]
    kept = {*newest, *milestones, *(info.step for info in best)}
    kept |= {info.step for info in whole if info.kind in KEPT_FOR_GOOD}
    return sorted(info.step for info in whole if info.step not in kept)

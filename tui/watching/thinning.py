"""What is kept of a long run's evaluations and samples: all of the newest part, few of the rest.

The steps before the newest part are cut into spans as long as a power of two, and of each span
little is kept. As the run grows spans only double, and so join as a whole: what is kept lies
evenly over the whole run however often it is thinned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import TypeVar

from ttgpt.engine.events import Evaluated, Sample

_NEWEST = 4
"""One in so many belongs to the newest part."""

T = TypeVar("T", Evaluated, Sample)


def thinned_evaluations(found: Sequence[Evaluated], keep: Evaluated | None) -> list[Evaluated]:
    """Keep of each span the lowest and the highest validation loss; and one that must stay."""

    def of_span(span: list[Evaluated]) -> Iterable[Evaluated]:
        known = [one for one in span if not math.isnan(one.val_loss)] or span
        low = min(known, key=lambda one: one.val_loss)
        high = max(known, key=lambda one: one.val_loss)
        return (one for one in span if one is low or one is high or one is keep)

    return _thinned(found, of_span, 2)


def thinned_samples(found: Sequence[Sample]) -> list[Sample]:
    """Keep of each span the first step, all prompts of it; of two of one prompt the newer."""
    newer = list({(one.step, one.prompt): one for one in found}.values())
    return _thinned(newer, lambda span: (one for one in span if one.step == span[0].step), 1)


def _thinned(found: Sequence[T], of_span: Callable[[list[T]], Iterable[T]], each: int) -> list[T]:
    """Thin what lies before the newest part to a half, where `each` steps of a span stay."""
    in_order = sorted(found, key=lambda one: one.step)
    newest = in_order[-(len(found) // _NEWEST)].step
    older = [one for one in in_order if one.step < newest]
    width = _width(sorted({one.step for one in older}), each)
    spans = groupby(older, lambda one: one.step // width)
    kept = [one for _, span in spans for one in of_span(list(span))]
    return kept + in_order[len(older) :]


def _width(steps: Sequence[int], each: int) -> int:
    """Give the steps of a span, such that there are half as many spans as steps, or fewer."""
    width, most = 1, max(1, len(steps) // (2 * each))
    while steps and steps[-1] // width - steps[0] // width >= most:
        width *= 2
    return width

"""However long a run is, what is kept of it is little, lies all over it, and has its extremes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from written_run import evaluated, sample

from ttgpt.engine.events import Evaluated, Sample
from ttgpt.tui.watching.thinning import thinned_evaluations, thinned_samples

losses = st.one_of(st.floats(0, 10), st.just(math.nan))
apart = st.integers(1, 300)
"""Steps from one to the next."""


def steps_of(apart: Sequence[int]) -> list[int]:
    return [sum(apart[: place + 1]) for place in range(len(apart))]


def kept_evaluations(items: Sequence[Evaluated], most: int) -> list[Evaluated]:
    """Take them one after the other, and thin what is kept whenever that is more than so many."""
    kept: list[Evaluated] = []
    for item in items:
        kept.append(item)
        if len(kept) > most:
            kept = thinned_evaluations(kept, items[0])
    return kept


def kept_samples(items: Sequence[Sample], most: int) -> list[Sample]:
    kept: list[Sample] = []
    for item in items:
        kept.append(item)
        if len(kept) > most:
            kept = thinned_samples(kept)
    return kept


@settings(deadline=None)
@given(st.lists(st.tuples(apart, losses), min_size=1, max_size=300), st.integers(16, 40))
def test_extremes_and_the_newest_evaluations_stay(told: list[tuple[int, float]], most: int) -> None:
    values = zip(steps_of([step for step, _ in told]), [loss for _, loss in told], strict=True)
    items = [replace(evaluated(step), val_loss=loss) for step, loss in values]
    kept = kept_evaluations(items, most)
    assert len(kept) <= most
    assert [one.step for one in kept] == sorted({one.step for one in kept})
    newest = min(len(items), most // 4)
    assert kept[-newest:] == items[-newest:]
    assert items[0] in kept  # which was to be kept
    finite = [one.val_loss for one in items if not math.isnan(one.val_loss)]
    left = [one.val_loss for one in kept if not math.isnan(one.val_loss)]
    assert (min(left, default=0), max(left, default=0)) == (
        min(finite, default=0),
        max(finite, default=0),
    )


@settings(deadline=None)
@given(st.lists(apart, min_size=1, max_size=200), st.integers(1, 3), st.integers(24, 64))
def test_samples_of_a_step_stay_together(apart: list[int], prompts: int, most: int) -> None:
    names = [f"{number}:\n" for number in range(prompts)]
    items = [replace(sample(step), prompt=name) for step in steps_of(apart) for name in names]
    kept = kept_samples(items, most)
    assert len(kept) <= most
    assert kept[:1] == items[:1]
    newest = min(len(items), most // 8)
    assert kept[-newest:] == items[-newest:]
    whole = [one for one in items if one.step in {found.step for found in kept}]
    assert kept == whole


@settings(deadline=None, max_examples=20)
@given(st.integers(300, 4000), st.integers(1, 1000))
def test_what_is_kept_lies_all_over_the_run(count: int, interval: int) -> None:
    steps = range(interval, count * interval + 1, interval)
    for kept in (
        kept_evaluations([evaluated(step) for step in steps], 256),
        kept_samples([sample(step) for step in steps], 256),
    ):
        widest = max(after.step - before.step for before, after in pairwise(kept))
        assert widest <= max(interval, steps[-1] / 16)


def test_of_many_samples_at_one_step_the_newest_of_each_prompt_stays() -> None:
    items = [sample(250, str(number)) for number in range(100)]
    assert thinned_samples(items) == [items[-1]]

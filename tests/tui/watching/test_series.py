import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.tui.watching.series import Series, Smoothed

losses = st.one_of(st.floats(-10, 10), st.just(math.nan), st.just(math.inf))


def series_of(values: list[float], limit: int) -> Series:
    series = Series(limit)
    for step, value in enumerate(values):
        series.add(step, value)
    return series


@given(st.lists(losses, max_size=400), st.integers(16, 64))
def test_it_stays_small_and_keeps_its_extremes(values: list[float], limit: int) -> None:
    series = series_of(values, limit)
    assert len(series) <= limit
    finite = [value for value in values if math.isfinite(value)]
    assert sum(series.counts) == len(finite)
    kept = [bucket for bucket in map(series.bucket, range(len(series))) if bucket.count]
    if finite:
        assert min(bucket.low for bucket in kept) == min(finite)
        assert max(bucket.high for bucket in kept) == max(finite)


@given(st.lists(losses, max_size=400))
def test_steps_stay_in_order_and_gaps_stay(values: list[float]) -> None:
    series = series_of(values, 32)
    steps = [step for step, _ in series]
    assert steps == sorted(steps)
    assert sum(series.gaps) == sum(not math.isfinite(value) for value in values)


@given(st.lists(losses, max_size=400), st.integers(16, 64), st.integers(1, 40))
def test_groups_keep_the_extremes_and_the_mean(values: list[float], limit: int, most: int) -> None:
    series = series_of(values, limit)
    found = list(series.groups(range(len(series)), most))
    assert len(found) <= 2 * most
    assert [step for step, *_ in found] == sorted({step for step, *_ in found})
    finite = [value for value in values if math.isfinite(value)]
    lows = [low for _, low, _, _ in found if not math.isnan(low)]
    highs = [high for _, _, high, _ in found if not math.isnan(high)]
    assert (min(lows, default=None), max(highs, default=None)) == (
        min(finite, default=None),
        max(finite, default=None),
    )
    assert all(
        math.isnan(mean) or low - 1e-9 <= mean <= high + 1e-9 for _, low, high, mean in found
    )


@given(st.lists(losses, min_size=1, max_size=200), st.integers(-1, 210))
def test_later_points_are_forgotten(values: list[float], step: int) -> None:
    series = series_of(values, 4096)
    series.drop_after(step)
    assert [kept for kept, _ in series] == [s for s in range(len(values)) if s <= step]


@given(st.lists(losses, max_size=300), st.integers(1, 40), st.integers(8, 32))
def test_many_at_once_are_as_one_by_one(values: list[float], block: int, limit: int) -> None:
    series = Series(limit)
    for begin in range(0, len(values), block):
        part = values[begin : begin + block]
        series.extend(range(begin, begin + len(part)), part)
    single = series_of(values, limit)
    assert (series.width, list(series.steps)) == (single.width, list(single.steps))
    assert list(series.counts) == list(single.counts)
    for ours, theirs in ((series.lows, single.lows), (series.highs, single.highs)):
        assert list(map(repr, ours)) == list(map(repr, theirs))
    assert series.means.tolist() == pytest.approx(single.means.tolist(), nan_ok=True)


@given(st.lists(losses, max_size=100), st.integers(8, 32))
def test_what_was_dumped_is_loaded_and_what_is_damaged_is_not(
    values: list[float], limit: int
) -> None:
    series, again = series_of(values, limit), Series(limit)
    data = b"".join(series.dump())
    assert again.load(memoryview(data + b"more")) == len(data)
    assert again.dump() == series.dump()
    with pytest.raises(ValueError, match=r"cut off|not a series|multiple"):
        Series(limit).load(memoryview(data)[:-1])


def test_the_bucket_at_a_step_is_the_nearest_or_the_one_it_lies_in() -> None:
    series = Series(8)
    assert series.at(3) is None
    for step in (10, 20, 30):
        series.add(step, float(step))
    assert [series.at(step).step for step in (-5, 14, 16, 99)] == [10, 10, 20, 30]  # type: ignore[union-attr]
    for step in range(40, 200, 10):
        series.add(step, float(step))
    found = series.at(51)
    assert found is not None
    assert found.low - 10 < 51 <= found.high
    assert found.count == series.width


def test_the_average_is_corrected_for_its_start() -> None:
    smoothed = Smoothed(0.9)
    assert smoothed.add(4.0) == 4.0
    assert math.isclose(smoothed.add(4.0), 4.0)


def test_a_gap_changes_no_average() -> None:
    smoothed = Smoothed(0.5)
    smoothed.add(2.0)
    assert math.isnan(smoothed.add(math.nan))
    assert smoothed.add(2.0) == 2.0


def test_an_average_goes_on_from_where_it_was() -> None:
    smoothed = Smoothed(0.5)
    smoothed.restart_from(3.0)
    assert smoothed.add(1.0) == 2.0
    smoothed.restart_from(None)
    assert smoothed.add(1.0) == 1.0

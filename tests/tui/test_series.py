import math

from hypothesis import given
from hypothesis import strategies as st

from ttgpt.tui.series import Series, Smoothed

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
    kept = [value for _, value in series if not math.isnan(value)]
    if finite:
        assert (min(kept), max(kept)) == (min(finite), max(finite))
    else:
        assert not kept


@given(st.lists(losses, max_size=400))
def test_steps_stay_in_order_and_gaps_stay(values: list[float]) -> None:
    series = series_of(values, 32)
    steps = [step for step, _ in series]
    assert steps == sorted(steps)
    has_gap = any(not math.isfinite(value) for value in values)
    assert any(math.isnan(value) for _, value in series) == has_gap


@given(st.lists(losses, min_size=1, max_size=200), st.integers(-1, 210))
def test_later_points_are_forgotten(values: list[float], step: int) -> None:
    series = series_of(values, 4096)
    series.drop_after(step)
    assert [kept for kept, _ in series] == [s for s in range(len(values)) if s <= step]


def test_the_newest_value_is_never_merged_away_before_it_is_seen() -> None:
    series = Series(16)
    assert series.last is None
    for step in range(1000):
        series.add(step, float(step))
        assert series.last == float(step)


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

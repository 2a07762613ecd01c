import math

from hypothesis import example, given
from hypothesis import strategies as st

from ttgpt.tui.widgets.sparkline import sparkline


def test_it_goes_from_the_highest_to_the_lowest() -> None:
    assert sparkline([4.0, 3.0, 2.0, 1.0], 4) == "█▆▃▁"


def test_one_value_is_flat_and_none_is_nothing() -> None:
    assert sparkline([1.0, 1.0], 8) == "▁▁"
    assert sparkline([], 8) == ""
    assert sparkline([math.nan], 8) == ""


@example(values=[8.98e307, 8.99e307, 0.0, 0.0], width=2)
@example(values=[1.7e308, -1.7e308], width=2)
@given(st.lists(st.floats(allow_infinity=True, allow_nan=True), max_size=50), st.integers(0, 20))
def test_it_is_never_wider_than_asked(values: list[float], width: int) -> None:
    assert len(sparkline(values, width)) <= width

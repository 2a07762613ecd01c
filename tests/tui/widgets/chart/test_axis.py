import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.tui.widgets.chart import axis


@pytest.mark.parametrize(
    ("step", "most", "last"),
    [(0, 3000, 10), (60, 3000, 80), (1840, 3000, 2000), (2000, 3000, 3000), (5, 3, 5), (70, 0, 80)],
)
def test_the_axis_reaches_a_round_step(step: int, most: int, last: int) -> None:
    assert axis.reach(step, most) == last


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_the_axis_always_holds_the_step(step: int, most: int) -> None:
    assert axis.reach(step, most) >= max(step, 1 if not most else 0)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(1, 40))
def test_marks_are_few_and_inside(low: float, span: float, most: int) -> None:
    high = low + span
    found = axis.marks(low, high, most)
    assert len(found) <= most + 1
    slack = span * 1e-6 + abs(high) * 1e-9
    assert all(low - slack <= mark <= high + slack for mark in found)
    assert axis.floor(low, high, most, log=False) <= low + slack


@given(st.floats(1e-3, 1e3), st.floats(1.1, 1e3))
def test_log_marks_are_inside(low: float, factor: float) -> None:
    found = axis.log_marks(low, low * factor)
    assert all(low * 0.99 <= mark <= low * factor * 1.01 for mark in found)
    assert axis.floor(low, low * factor, 5, log=True) <= low * 1.000001


def test_steps_are_marked_at_whole_numbers() -> None:
    assert axis.marks(0, 10, 4, whole=True) == [0, 5, 10]
    assert axis.marks(0, 3, 8, whole=True) == [0, 1, 2, 3]


def test_even_over_hundreds_of_decades_marks_are_few() -> None:
    assert len(axis.log_marks(1e-300, 1e30, 10)) <= 20
    assert axis.log_marks(1.0, 4.0, 10) == [1.0, 1.5, 2.0, 3.0, 4.0]


def test_labels_tell_neighbours_apart() -> None:
    assert axis.label(2.0, [1.0, 2.0, 3.0]) == "2.0"
    assert axis.label(2.25, [2.0, 2.25, 2.5]) == "2.25"
    assert axis.label(2.005, [2.0, 2.005]) == "2.005"
    assert math.isclose(float(axis.label(0.5, [0.5])), 0.5)
    assert [axis.step_label(step) for step in (0, 2000, 20_000, 12_500)] == [
        "0",
        "2,000",
        "20k",
        "12.5k",
    ]

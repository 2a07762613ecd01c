import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.tui.settings import Marker
from ttgpt.tui.watching.series import Point
from ttgpt.tui.widgets.cells import Cells
from ttgpt.tui.widgets.chart.curves import Bin, Curve, Frame, binned, draw_curves

FRAME = Frame(0, 100, 0.0, 4.0)


def bins(points: list[Point]) -> list[Bin]:
    return [Bin(x, y, y, y) for x, y in points]


def drawn(faint: list[Point], strong: list[Point], marker: Marker = "ascii") -> list[str]:
    cells = Cells(10, 4)
    curves = [Curve(bins(faint), "dim", True), Curve(bins(strong))]
    draw_curves(cells, FRAME, curves, marker)
    return [line.plain for line in cells.lines()]


def test_columns_keep_extremes_and_means() -> None:
    points = bins([(0, 1.0), (10, 3.0), (60, 2.0), (70, math.nan)])
    (first, second) = binned(points, FRAME, 2)
    assert (first.low, first.high, first.mean) == (1.0, 3.0, 2.0)
    assert (second.low, second.high, second.mean) == (2.0, 2.0, 2.0)


def test_a_column_of_gaps_is_a_gap() -> None:
    (_, gap, _) = binned(bins([(0, 1.0), (40, math.nan), (80, 1.0)]), FRAME, 3)
    assert math.isnan(gap.mean)


def test_no_line_is_drawn_over_a_gap() -> None:
    rows = drawn([], [(0, 2.0), (30, 2.0), (50, math.nan), (70, 2.0), (100, 2.0)])
    (row,) = [row for row in rows if row.strip()]
    assert row.startswith("***")
    assert row.endswith("***")
    assert row[5] == " "


def test_a_curve_goes_from_corner_to_corner() -> None:
    rows = drawn([], [(0, 4.0), (100, 0.0)])
    assert rows[0].startswith("*")
    assert rows[-1].endswith("*")


def test_a_line_that_leaves_the_frame_goes_to_its_edge() -> None:
    rows = drawn([], [(-100, 2.0), (50, 2.0), (300, 2.0)])
    assert [row for row in rows if row.strip()] == ["*" * 10]


def test_a_stale_size_in_the_environment_cuts_nothing_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "5")
    monkeypatch.setenv("LINES", "2")
    rows = drawn([], [(0, 4.0), (100, 0.0)])
    assert rows[-1].endswith("*")


def test_what_is_above_the_frame_lies_on_its_edge() -> None:
    rows = drawn([(50, 1000.0)], [(0, 1.0), (100, 1.0)])
    assert "*" in rows[0]
    assert set(rows[1]) == {" "}


@pytest.mark.parametrize("marker", ["braille", "block", "ascii"])
def test_no_points_draw_nothing(marker: Marker) -> None:
    assert drawn([], [(0, math.nan)], marker) == [" " * 10] * 4


def test_the_strong_curve_lies_over_the_faint_one() -> None:
    cells = Cells(10, 4)
    flat = bins([(0, 2.0), (100, 2.0)])
    draw_curves(cells, FRAME, [Curve(flat, "dim", True), Curve(flat)], "braille")
    (line,) = [line for line in cells.lines() if line.plain.strip()]
    assert not any("dim" in str(span.style) for span in line.spans)


points = st.lists(
    st.tuples(st.integers(0, 100), st.one_of(st.floats(-10, 10), st.just(math.nan))), max_size=60
).map(sorted)


@given(points, st.sampled_from(["braille", "block", "ascii"]))
def test_any_points_can_be_drawn(found: list[Point], marker: Marker) -> None:
    rows = drawn(found, found, marker)
    assert [len(row) for row in rows] == [10] * 4

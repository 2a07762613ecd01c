"""Whole charts: what they show, and that they fit whatever they are given."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from written_run import checkpoint, evaluated, opened, sample, step

from ttgpt.engine import events
from ttgpt.tui.chart.below import spaced
from ttgpt.tui.chart.content import Baseline, Chart, Overlay
from ttgpt.tui.chart.picture import picture
from ttgpt.tui.chart.view import View
from ttgpt.tui.settings import Marker
from ttgpt.tui.watching.state import RunState

GUESSING = Baseline(math.log(65), "guessing, ln 65")


def run_of(*items: events.Event) -> RunState:
    state = RunState()
    for seq, item in enumerate([opened(), *items], start=1):
        state.apply(events.Envelope(seq, 1000.0 + seq, 3.0 * seq, item))
    return state


def trained(*more: events.Event) -> RunState:
    items: list[events.Event] = []
    for number in range(10, 1841, 10):
        items.append(step(number))
        if number % 250 == 0:
            items += [evaluated(number), sample(number)]
    return run_of(*items, *more)


def drawn(chart: Chart, width: int = 60, height: int = 20, marker: Marker = "ascii") -> list[str]:
    return [line.plain for line in picture(chart, marker, width, height)]


def axis_of(rows: list[str]) -> str:
    return rows[-3]


def test_everything_that_was_done_has_a_mark() -> None:
    state = trained(
        checkpoint(1840), events.Setting("lr_scale", 1.0, 0.5), step(1900), events.Paused(1900)
    )
    state.apply(events.Envelope(9000, 1.0, 1e6, opened(steps_done=1900)))
    rows = drawn(Chart(state, baselines=[GUESSING]))
    assert all(mark in axis_of(rows) for mark in "%p")
    assert sum(":" in row for row in rows[1:]) > 5
    told = rows[0].split("  ")
    assert told[:3] == ["loss", "- train", "o val"]
    assert {": resumed", "% changed", "p paused", "@ best"} <= set(told)


def test_the_cursor_tells_exact_values_and_what_happened() -> None:
    state = trained(events.Setting("lr_scale", 1.0, 0.5))
    view = View(cursor=1840.0)
    title = drawn(Chart(state, view), 120)[0]
    assert title.startswith("@1,840  loss ")
    assert "val 1.568 @1,750" in title
    assert "lr_scale 1.0 to 0.5" in title
    assert title.endswith("  9:54")


def test_a_value_that_is_no_number_is_a_gap() -> None:
    broken = run_of(*(step(at, math.nan if 400 < at <= 900 else 2.0) for at in range(10, 1400, 10)))
    rows = drawn(Chart(broken, View(smoothing=0)), marker="ascii")
    [line] = [row for row in rows if row.count("*") > 10]
    begin = line.index("*")
    stars = line[begin : line.rindex("*") + 1]
    assert 0.3 < stars.count(" ") / len(stars) < 0.4
    at = drawn(Chart(broken, View(cursor=600.0)))[0]
    assert at.startswith("@600  loss nan")


def test_the_time_axis_has_times() -> None:
    rows = drawn(Chart(trained(), View(by_time=True)), 70)
    assert "min" in rows[-2]


def test_a_second_set_of_curves_stands_below() -> None:
    chips = [{"temperature": 61.0, "power": 30.4, "clock": 1000}, {"temperature": 58.0}]
    state = trained(events.Telemetry(chips))
    offered = ["lr", "grad norm", "tokens/s", "temperature", "power", "clock"]
    assert Chart(state).offered_panes() == offered
    for pane, words in (("power", "power 30 W"), ("clock", "clock 1000 MHz")):
        assert any(words in row for row in drawn(Chart(state, View(pane=pane))))
    rows = drawn(Chart(state, View(pane="temperature")))
    assert any("temperature 61 C  58 C" in row for row in rows)
    assert not any(
        "temperature" in row for row in drawn(Chart(state, View(pane="temperature")), 60, 9)
    )
    assert Chart(run_of(step(10))).offered_panes() == ["lr", "grad norm", "tokens/s"]


def test_other_runs_have_a_letter_and_a_name() -> None:
    other = run_of(*(step(at, 3.0) for at in range(10, 1000, 10)))
    rows = drawn(Chart(trained(), overlays=[Overlay("stage1\x1b[2J", other)]))
    assert rows[0].startswith("loss  a stage1␛[2J 3.00")
    assert any("a" in row for row in rows[2:-3])
    told = drawn(Chart(trained(), View(cursor=500.0), overlays=[Overlay("x", other)]), 120)[0]
    assert "a 3.000" in told


def test_where_evaluations_are_many_a_line_joins_a_few_points() -> None:
    items = [item for at in range(10, 3001, 10) for item in (step(at), evaluated(at))]
    rows = drawn(Chart(run_of(*items)), 80, 20, "braille")
    points = sum(row.count("●") for row in rows[1:])
    assert 10 < points < 30
    assert sum(row.count("◉") for row in rows[1:]) == 1


@given(st.lists(st.integers(0, 500), unique=True).map(sorted), st.integers(1, 9))
def test_marks_keep_their_distance_and_the_newest(steps: list[int], cells: int) -> None:
    found = [steps[place] for place in spaced(steps, lambda step: int(step) // 3, cells)]
    assert found[-1:] == steps[-1:]
    columns = [step // 3 for step in found]
    assert all(after - before >= cells for before, after in pairwise(columns))


def test_ticks_lie_under_the_steps_that_they_name() -> None:
    state = run_of(*(item for at in range(10, 3001, 10) for item in (step(at),)))
    for low in range(0, 200, 7):
        view = View(window=(float(low), 2900.0))
        bare = axis_of(drawn(Chart(state, view), 77))
        state.checkpoints.clear()
        state.checkpoints.append(checkpoint(2000))
        marked = axis_of(drawn(Chart(state, view), 77))
        state.checkpoints.clear()
        assert bare[marked.index("=")] == "+"


losses = st.one_of(st.floats(0, 20), st.sampled_from([math.nan, math.inf, 1e30, -5.0]))
looks = st.builds(
    View,
    by_time=st.booleans(),
    log=st.booleans(),
    smoothing=st.integers(0, 4),
    window=st.one_of(st.none(), st.just((3.0, 11.0)), st.just((0.0, 4.0))),
    follows=st.booleans(),
    cursor=st.one_of(st.none(), st.floats(0, 40)),
    pane=st.sampled_from(["", "lr", "grad norm", "temperature", "power"]),
)


@example([5e-324], View(log=True), (40, 12), "ascii", False)
@example([1e-30, 0.0], View(log=True), (40, 12), "ascii", False)
@settings(deadline=None)
@given(
    st.lists(losses, max_size=30),
    looks,
    st.tuples(st.integers(0, 120), st.integers(0, 40)),
    st.sampled_from(["braille", "block", "ascii"]),
    st.booleans(),
)
def test_any_losses_fit_any_size(
    values: list[float], view: View, size: tuple[int, int], marker: Marker, overlaid: bool
) -> None:
    state = run_of(*(step(number, value) for number, value in enumerate(values)))
    for number in range(0, len(values), 3):
        state.evaluations.append(replace(evaluated(number), val_loss=values[number]))
    overlays = [Overlay("other", run_of(step(3), step(9)))] if overlaid else []
    chart = Chart(state, view, [GUESSING], overlays, chosen=[3])
    rows = drawn(chart, *size, marker)
    assert len(rows) <= size[1]
    assert all(len(row) <= size[0] for row in rows[1:])  # the title is cropped by the widget


@pytest.mark.parametrize("marker", ["block", "ascii"])
def test_plain_terminals_get_plain_characters(marker: Marker) -> None:
    state = trained(events.Paused(1840), checkpoint(1840))
    text = "\n".join(drawn(Chart(state, View(pane="lr"), [GUESSING]), marker=marker))
    assert not any("\u2800" <= character <= "\u28ff" for character in text)
    assert text.isascii() == (marker == "ascii")

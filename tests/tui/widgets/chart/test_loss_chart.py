import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_run import evaluated, opened, sample, step

from ttgpt.engine import events
from ttgpt.tui.settings import Marker
from ttgpt.tui.watching.state import RunState
from ttgpt.tui.widgets.chart.loss_chart import Baseline, LossChart

GUESSING = Baseline(math.log(65), "guessing, ln 65")


def run_of(*items: events.Event) -> RunState:
    state = RunState()
    for seq, item in enumerate([opened(), *items], start=1):
        state.apply(events.Envelope(seq, 1000.0 + seq, float(seq), item))
    return state


def trained(last: int = 1840) -> RunState:
    items: list[events.Event] = []
    for number in range(10, last + 1, 10):
        items.append(step(number))
        if number % 250 == 0:
            items += [evaluated(number), sample(number)]
    return run_of(*items)


def drawn(
    state: RunState,
    size: tuple[int, int] = (48, 12),
    *,
    marker: Marker = "braille",
    log: bool = False,
    chosen: int | None = None,
) -> list[str]:
    chart = LossChart(marker)
    chart.show(state, [GUESSING], chosen_samples=() if chosen is None else (chosen,))
    if log:
        chart.action_toggle_log()
    return [line.plain for line in chart.draw(*size)]


def test_it_shows_the_curve_its_points_and_what_to_compare_with() -> None:
    rows = drawn(trained(), chosen=1750)
    text = "\n".join(rows)
    assert rows[0].startswith("loss")
    assert "guessing, ln 65" in rows[1]
    assert text.count("●") == 7  # six evaluations and the legend
    assert text.count("◉") == 2  # the best of them, and the legend
    assert "1,000" in rows[-2]
    assert rows[-1].count("▵") == 6
    assert rows[-1].count("▲") == 1


@pytest.mark.parametrize("marker", ["block", "ascii"])
def test_plain_terminals_get_plain_characters(marker: Marker) -> None:
    text = "\n".join(drawn(trained(), marker=marker, chosen=1750))
    assert not any("\u2800" <= character <= "\u28ff" for character in text)
    assert text.isascii() == (marker == "ascii")


def test_a_resumed_run_shows_where() -> None:
    state = trained(500)
    state.apply(events.Envelope(9999, 1.0, 1.0, opened(steps_done=400)))
    assert "┆ resumed" in drawn(state)[0]


def test_before_the_first_step_there_is_a_frame_to_wait_in() -> None:
    rows = drawn(run_of())
    assert len(rows) == 12
    assert "guessing" in "".join(rows)


def test_the_low_end_does_not_move_with_each_new_low() -> None:
    before, after = run_of(step(10, 2.03), step(20, 4.0)), run_of(step(10, 2.01), step(20, 4.0))
    sides = [[row[:5] for row in drawn(state)] for state in (before, after)]
    assert sides[0] == sides[1]


def test_a_label_gives_way_to_the_curve() -> None:
    flat = run_of(*(step(number, 2.5) for number in range(10, 3001, 10)))
    chart = LossChart("braille")
    chart.show(flat, [GUESSING, Baseline(2.5, "letter pairs 2.50")])
    text = "\n".join(line.plain for line in chart.draw(48, 12))
    assert "letter pairs 2.50" in text


losses = st.one_of(st.floats(0, 20), st.sampled_from([math.nan, math.inf, 1e30]))


@given(
    st.lists(losses, max_size=30),
    st.integers(0, 120),
    st.integers(0, 40),
    st.booleans(),
    st.sampled_from(["braille", "block", "ascii"]),
)
def test_any_losses_fit_any_size(
    values: list[float], width: int, height: int, log: bool, marker: Marker
) -> None:
    state = run_of(*(step(number, value) for number, value in enumerate(values)))
    rows = drawn(state, (width, height), marker=marker, log=log)
    assert len(rows) <= height
    assert all(len(row) <= width for row in rows[1:])  # the title is cropped by the widget

import math

from written_run import checkpoint, evaluated, opened, step

from ttgpt.engine import events
from ttgpt.tui.format import NOTHING
from ttgpt.tui.watching.state import RunState
from ttgpt.tui.widgets.train.numbers import Numbers


def drawn(*items: events.Event, brief: bool = False) -> list[str]:
    state = RunState()
    for seq, item in enumerate(items, start=1):
        state.apply(events.Envelope(seq, 1000.0, float(seq), item))
    numbers = Numbers()
    numbers.show(state)
    numbers.set_brief(brief)
    return [line.plain.rstrip() for line in numbers.draw(27, 0)]


def test_figures_stand_in_a_column() -> None:
    rows = drawn(opened(), step(10, 1.742), evaluated(250), checkpoint(250, "best"))
    assert rows[0] == "train        1.742"
    assert rows[2].endswith("  @250")
    assert rows[-3] == "elapsed       0:01"
    assert rows[-1] == "saved          250  best"
    ends = {len(row.split("  @")[0].removesuffix("  best")) for row in rows}
    assert ends == {18}


def test_what_is_not_known_is_not_made_up() -> None:
    assert all(row.endswith(NOTHING) for row in drawn())


def test_a_loss_that_is_no_number_is_shown_as_such() -> None:
    assert drawn(opened(), step(10), step(20, math.nan))[0].endswith("nan")


def test_the_gap_is_between_two_figures_of_one_evaluation() -> None:
    rows = drawn(opened(), step(10, 9.0), events.Evaluated(10, 1.5, 1.75, 100, True))
    assert rows[3].endswith("0.250")
    assert rows[4].endswith("5.75")


def test_the_least_figures_give_way_where_there_is_little_room() -> None:
    rows = drawn(opened(), step(10))
    assert any(row.startswith("elapsed") for row in rows)
    fewer = drawn(opened(), step(10), brief=True)
    assert set(rows) - set(fewer) == {row for row in rows if row.startswith(("elapsed", "tok/par"))}

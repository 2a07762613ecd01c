import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.tui.chart import view as views
from ttgpt.tui.chart.view import View, shown

LAST, NEWEST = 2000.0, 1840.0
ACTIONS = {
    "closer": lambda view: views.zoomed(view, True, LAST, NEWEST),
    "farther": lambda view: views.zoomed(view, False, LAST, NEWEST),
    "later": lambda view: views.panned(view, 0.5, LAST, NEWEST),
    "earlier": lambda view: views.panned(view, -0.5, LAST, NEWEST),
    "whole": views.whole,
    "begin": lambda view: views.pointed(view, 0, LAST, NEWEST),
    "middle": lambda view: views.pointed(view, 900, LAST, NEWEST),
    "end": lambda view: views.pointed(view, NEWEST, LAST, NEWEST),
}


def looked(*actions: str) -> View:
    view = View()
    for action in actions:
        view = ACTIONS[action](view)
    return view


@given(st.lists(st.sampled_from(sorted(ACTIONS)), max_size=30))
def test_whatever_is_done_some_steps_of_the_run_are_shown(actions: list[str]) -> None:
    view = looked(*actions)
    low, high = shown(view, LAST, NEWEST)
    assert 0 <= low < high <= LAST
    assert low < NEWEST
    assert view.window is None or high - low >= 4


def test_zooming_keeps_the_cursor_where_it_is() -> None:
    before = looked("middle")
    after = views.zoomed(before, True, LAST, NEWEST)
    assert shown(after, LAST, NEWEST) == (450, 1450)
    assert after.cursor == 900


def test_the_other_way_leads_back_to_all() -> None:
    assert looked("closer", "closer", "farther", "farther").window is None


def test_at_the_end_it_moves_along_and_elsewhere_it_stays() -> None:
    at_end, earlier = looked("end", "closer", "closer"), looked("end", "closer", "earlier")
    assert at_end.follows
    assert shown(at_end, LAST, NEWEST + 100)[1] == NEWEST + 100
    assert not earlier.follows
    assert shown(earlier, LAST, NEWEST + 100) == shown(earlier, LAST, NEWEST)


def test_the_cursor_takes_the_window_along() -> None:
    view = looked("end", "closer", "closer", "closer", "begin")
    low, high = shown(view, LAST, NEWEST)
    assert low == 0
    assert high == pytest.approx(250)


def test_smoothing_ends_at_both_ends() -> None:
    view = View()
    for _ in range(9):
        view = views.smoothed_more(view, 1)
    assert view.averaged == 500
    for _ in range(9):
        view = views.smoothed_more(view, -1)
    assert view.averaged == 1


def test_panes_follow_one_another_and_end_with_none() -> None:
    view, seen = View(), []
    for _ in range(3):
        view = views.next_pane(view, ["lr", "tokens/s"])
        seen.append(view.pane)
    assert seen == ["lr", "tokens/s", ""]
    gone = views.next_pane(View(pane="temperature"), ["lr"])
    assert gone.pane == "lr"

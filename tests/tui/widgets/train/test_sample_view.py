from hypothesis import given
from hypothesis import strategies as st
from written_run import opened, sample

from ttgpt.engine import events
from ttgpt.tui.watching.state import RunState
from ttgpt.tui.widgets.train.sample_view import SampleView


def state_of(*items: events.Event) -> RunState:
    state = RunState()
    for seq, item in enumerate([opened(), *items], start=1):
        state.apply(events.Envelope(seq, 1000.0, float(seq), item))
    return state


def drawn(view: SampleView, width: int = 60, height: int = 6) -> list[str]:
    return [line.plain.rstrip() for line in view.draw(width, height)]


def test_no_sample_yet_says_how_to_get_one() -> None:
    view = SampleView()
    view.show(state_of())
    assert drawn(view)[1] == "no sample yet: s writes one"


def test_the_newest_is_shown_with_how_it_was_drawn() -> None:
    view = SampleView()
    view.show(state_of(sample(250, "old"), sample(500, "new\nline")))
    assert drawn(view) == [
        "",
        "sample @500   temp 0.8  top-k 40  top-p 1",
        "ROMEO:",
        "new",
        "line",
    ]


def test_an_earlier_one_stays_while_new_ones_come() -> None:
    state = state_of(sample(250), sample(500), sample(750))
    view = SampleView()
    view.show(state)
    view.step(-1)
    view.step(-1)
    view.step(-1)
    assert view.sample is state.samples[0]
    assert "@250  1 of 3" in drawn(view)[1]
    state.apply(events.Envelope(99, 1.0, 1.0, sample(1000)))
    view.show(state)
    assert view.sample is state.samples[0]
    view.step(3)
    state.apply(events.Envelope(100, 1.0, 1.0, sample(1250)))
    view.show(state)
    assert view.sample is state.samples[-1]


def test_another_run_begins_at_its_newest() -> None:
    view = SampleView()
    view.show(state_of(sample(250), sample(500)))
    view.step(-1)
    other = state_of(sample(100), sample(200))
    view.show(other)
    assert view.sample is other.samples[-1]


@given(st.text(max_size=300), st.integers(2, 80), st.integers(0, 20))
def test_what_a_model_wrote_is_text_and_nothing_else(text: str, width: int, height: int) -> None:
    view = SampleView()
    view.show(state_of(sample(250, text)))
    rows = drawn(view, width, height)
    assert len(rows) <= height
    assert not any(ord(character) < 32 for row in rows for character in row)


def test_brackets_are_no_markup() -> None:
    view = SampleView()
    view.show(state_of(sample(250, "[bold]x[/] [@click=app.quit]y")))
    assert drawn(view)[-1] == "[bold]x[/] [@click=app.quit]y"

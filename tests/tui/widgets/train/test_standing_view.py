from hypothesis import given
from hypothesis import strategies as st
from written_run import opened

from ttgpt.engine import events
from ttgpt.tui.watching.state import RunState
from ttgpt.tui.widgets.train.standing_view import StandingView

PLATEAU = events.Health("plateau", "warning", 900, "plateau since step 400", "val 2", "Stop.", 400)
STAGE = events.Health("stage", "info", 500, "words emerge", "61 % of words occur in the text")
BROKEN = events.Health("diverging", "error", 950, "diverging since step 930", "loss 9", "Go back.")


FROZEN = events.Health(
    "frozen_parameters", "warning", 900, "norm gains do not learn", "3 of 9", "Use float32."
)

SLOW = events.Health("slow", "info", 950, "slower since step 940", "9 ms a step", "Look.")


def state_of(*items: events.Event) -> RunState:
    state = RunState()
    for seq, item in enumerate([opened(), *items], start=1):
        state.apply(events.Envelope(seq, 1000.0, float(seq), item))
    return state


def drawn(*items: events.Event, size: tuple[int, int] = (27, 30)) -> list[str]:
    view = StandingView()
    view.show(state_of(*items))
    return [line.plain.rstrip() for line in view.draw(*size)]


def test_the_worst_comes_first_with_its_evidence_and_advice() -> None:
    shown = "\n".join(drawn(SLOW, STAGE, PLATEAU, FROZEN))
    order = ["norm gains", "3 of 9", "Use float32.", "plateau", "words", "61 %", "slower"]
    places = [shown.index(words) for words in order]
    assert places == sorted(places)


def test_an_ended_run_is_not_slow_any_more() -> None:
    assert "slower" in "\n".join(drawn(SLOW))
    assert "slower" not in "\n".join(drawn(SLOW, events.Finished(950, "stopped")))


def test_what_breaks_a_live_run_stands_above_and_not_here_too() -> None:
    assert "diverging" not in "\n".join(drawn(PLATEAU, BROKEN))
    ended = drawn(PLATEAU, BROKEN, events.Finished(950, "stopped"))
    assert "diverging since" in "\n".join(ended)


def test_what_is_over_goes_from_the_findings_to_the_notices() -> None:
    over = events.Health("plateau", "info", 1200, "over: plateau since step 400", is_over=True)
    shown = "\n".join(drawn(PLATEAU, over))
    assert "Stop." not in shown
    assert "over: plateau" in shown.replace("\n", " ")


def test_notices_fill_the_room_that_is_left_the_newest_first() -> None:
    items = [
        events.Health("rounding", "warning", 400, "another CPU"),
        events.Health("disk_full", "warning", 900, "the disk was full"),
    ]
    assert drawn(*items)[1:] == ["warning @900", "the disk was full", "", "warning @400",
                                 "another CPU"]  # fmt: skip
    assert drawn(*items, size=(27, 4))[1:] == ["warning @900", "the disk was full"]


def test_what_is_cut_shows_that_there_is_more() -> None:
    view = StandingView()
    view.show(state_of(PLATEAU))
    assert view.draw(27, 2)[-1].plain.endswith(" …")


def test_another_worker_tells_again_what_holds() -> None:
    state = state_of(PLATEAU, STAGE)
    state.apply(events.Envelope(9, 1.0, 9.0, opened(steps_done=450)))
    assert state.standing.findings == []
    assert state.standing.stage is None
    state.apply(events.Envelope(10, 1.0, 9.0, PLATEAU))
    assert state.standing.findings == [PLATEAU]


@given(st.text(max_size=200), st.integers(0, 60), st.integers(0, 40))
def test_any_finding_fits_any_size(text: str, width: int, height: int) -> None:
    for kind in ("plateau", "stage", "strange"):
        rows = drawn(events.Health(kind, "error", 1, text, text, text), size=(width, height))
        assert len(rows) <= height
        assert not any(ord(character) < 32 for row in rows for character in row)

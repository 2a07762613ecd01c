from typing import Any

from written_run import opened

from ttgpt.engine import events
from ttgpt.tui.format import NOTHING
from ttgpt.tui.watching.state import RunState
from ttgpt.tui.widgets.train.card import Card


def drawn(chips: list[dict[str, Any]], *, brief: bool = False) -> list[str]:
    state = RunState()
    for seq, item in enumerate([opened(), events.Telemetry(chips)], start=1):
        state.apply(events.Envelope(seq, 1000.0, float(seq), item))
    card = Card()
    card.show(state)
    card.set_brief(brief)
    return [line.plain for line in card.draw(27, 0)]


def test_each_chip_has_a_line_and_what_it_does_not_tell_is_a_dash() -> None:
    chips = [{"temperature": 61.4, "power": 33, "clock": 1000}, {"temperature": None, "fan": 7}]
    assert drawn(chips) == [
        "",
        "chip 0  61 C  33 W 1000 MHz",
        f"chip 1   {NOTHING} C   {NOTHING} W    {NOTHING} MHz",
    ]


def test_of_many_chips_the_rest_is_told_in_a_line() -> None:
    chips = [{"temperature": float(40 + place)} for place in range(32)]
    assert len(drawn(chips)) == 9
    rows = drawn(chips, brief=True)
    assert len(rows) == 3
    assert rows[-1] == "31 more, up to 71 C"


def test_without_a_card_there_is_nothing() -> None:
    assert drawn([]) == []

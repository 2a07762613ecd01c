from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ttgpt.tui.ascii_only import in_ascii


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_becomes_ascii_of_the_same_width(text: str) -> None:
    found = in_ascii(text)
    assert found.isascii()
    assert sum(map(cell_len, found)) == sum(map(cell_len, text))


def test_stand_ins_can_be_read() -> None:
    assert in_ascii("loss … ←→ ▸ │ é") == "loss ~ <> > | e"
    assert in_ascii("漢") == "??"
    assert in_ascii("°C") == " C"


def test_glyphs_that_tell_something_stay_apart() -> None:
    assert in_ascii("├──┼──●──┤  ━━╌╌") == "|--+--o--|  ==--"
    assert len(set(in_ascii("▁▂▃▄▅▆▇"))) == 7

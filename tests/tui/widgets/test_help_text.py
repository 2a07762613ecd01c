from hypothesis import given
from hypothesis import strategies as st

from ttgpt.tui.widgets.help_text import HelpText

KEYS = [("p", "Pause"), ("←→", "samples"), ("x", "Stop"), ("q", "Quit")]


def drawn(width: int, *texts: str) -> list[str]:
    return [line.plain.rstrip() for line in HelpText(KEYS, texts).draw(width, 0)]


def test_keys_stand_in_two_columns_where_they_fit() -> None:
    wide, narrow = drawn(60), drawn(20)
    assert wide[0].split() == ["p", "Pause", "x", "Stop"]
    assert wide[0].index("x") == wide[1].index("q")
    assert narrow == ["p   Pause", "←→  samples", "x   Stop", "q   Quit"]


def test_paragraphs_are_wrapped_and_tables_hang() -> None:
    rows = drawn(30, "A sentence that is longer than a line.\nlr  learning rate of the step\na  b")
    assert rows[3:] == [
        "A sentence that is longer than",
        "a line.",
        "lr   learning rate of the step",
        "a    b",
    ]
    assert drawn(20, "lr  learning rate of the step")[-2:] == [
        "lr   learning rate",
        "     of the step",
    ]


@given(
    st.lists(st.tuples(st.text(max_size=5), st.text(max_size=40)), max_size=9),
    st.text(max_size=200),
    st.integers(0, 120),
)
def test_any_text_is_drawn(keys: list[tuple[str, str]], text: str, width: int) -> None:
    assert HelpText(keys, [text]).draw(width, 0)

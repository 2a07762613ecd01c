from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ttgpt.tui.format import visible
from ttgpt.tui.widgets.play.text_flow import TextFlow

pieces = st.lists(
    st.tuples(
        st.text(
            st.one_of(st.sampled_from(" \n\tab日́\u200d\ufe0f\x1b"), st.characters()), max_size=30
        ),
        st.sampled_from(["prompt", "written"]),
    ),
    max_size=12,
)


def rows(flow: TextFlow) -> list[str]:
    return [flow.plain(index) for index in range(len(flow))]


def laid(text: str, width: int) -> list[str]:
    flow = TextFlow(width)
    flow.append(text, "written")
    return rows(flow)


def test_rows_break_between_words() -> None:
    assert laid("to be or not to be", 9) == ["to be or ", "not to be"]


def test_a_word_wider_than_a_row_is_cut() -> None:
    assert laid("a honorificabilitudinitatibus b", 10) == [
        "a ",
        "honorifica",
        "bilitudini",
        "tatibus b",
    ]


def test_line_ends_begin_rows() -> None:
    assert laid("a\n\nb\n", 10) == ["a", "", "b", ""]


def test_a_wide_character_is_not_cut_in_half() -> None:
    assert laid("日本語日本", 5) == ["日本", "語日", "本"]


def test_control_characters_are_seen_and_harmless() -> None:
    assert laid("a\x1b[31mb\x07", 20) == ["a␛[31mb␇"]


def test_kinds_are_kept_in_runs() -> None:
    flow = TextFlow(20)
    flow.append("ROMEO:", "prompt")
    flow.append(" hi", "written")
    flow.append("┊", "mark")
    assert list(flow.row(0)) == [("ROMEO:", "prompt"), (" hi", "written"), ("┊", "mark")]


@given(pieces, st.integers(2, 40))
def test_no_row_is_wider_than_the_width_and_no_character_is_lost(
    texts: list[tuple[str, str]], width: int
) -> None:
    flow = TextFlow(width)
    for text, kind in texts:
        flow.append(text, kind)
    found = rows(flow)
    for row in found:
        assert cell_len(row) <= width + row.endswith(" ")
    whole = visible("".join(text for text, _ in texts)).replace("\ufe0f", "\ufffd")
    assert len("".join(found)) == len(whole.replace("\n", ""))
    if not any("\ufe00" <= c <= "\ufe0f" or c > "\U000e0000" for c in whole):
        assert "".join(found) == whole.replace("\n", "")


@given(pieces, st.integers(2, 40), st.integers(2, 40))
def test_growing_and_laying_anew_give_the_same_rows(
    texts: list[tuple[str, str]], width: int, before: int
) -> None:
    grown, anew = TextFlow(width), TextFlow(before)
    for text, kind in texts:
        for character in text:
            grown.append(character, kind)
        anew.append(text, kind)
    anew.set_width(width)
    assert rows(grown) == rows(anew)
    assert [list(grown.row(i)) for i in range(len(grown))] == [
        list(anew.row(i)) for i in range(len(anew))
    ]

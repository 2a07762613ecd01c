from hypothesis import given
from hypothesis import strategies as st

from ttgpt.tui.texts.changes import changes


def marked(before: str, after: str) -> list[str]:
    return [f"{line.mark}{line.text}" for line in changes(before, after)]


def test_lines_around_a_change_are_shown() -> None:
    before = "1\n2\n3\n\n\n\n4\n5\n6\n7"
    assert marked(before, "1\n2\n3\n\n4\n5\n6\n7") == [" 2", " 3", "-", "-", " ", " 4"]


def test_a_changed_line_stands_twice() -> None:
    assert marked("a\nfit\r\nb", "a\nfit\nb") == [" a", "-fit\r", "+fit", " b"]


def test_what_only_the_cut_brought_in_is_no_change() -> None:
    shown = marked("a\n\n\nb\nc\nd\ne", "a\n\nb\nc\nd\ne\nfresh lin")
    assert shown == [" a", "-", " ", " b"]


def test_a_change_at_the_end_is_one() -> None:
    assert marked("a\nb", "a\nc") == [" a", "-b", "+c"]


words = st.lists(st.sampled_from(["", "a", "b", "c"]), max_size=12).map("\n".join)


@given(words, words)
def test_nothing_is_made_up(before: str, after: str) -> None:
    for line in changes(before, after):
        assert line.mark == "+" or line.text in before.split("\n")
        assert line.mark == "-" or line.text in after.split("\n")

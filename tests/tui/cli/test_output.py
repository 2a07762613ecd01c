from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ttgpt.tui.cli.output import fields, has_screen, table

words = st.text("abc 한字é", max_size=8)


def test_table_aligns_numbers_at_the_right() -> None:
    assert table(("run", "step"), [("a", "5"), ("long", "1,000")], right=("step",)) == [
        "run    step",
        "a         5",
        "long  1,000",
    ]


@given(st.lists(st.tuples(words, words), max_size=5))
def test_cells_of_the_last_column_begin_in_one_place(rows: list[tuple[str, str]]) -> None:
    lines = table(("one", "two"), [(first, second + ".") for first, second in rows])
    places = {
        cell_len(line) - cell_len(second) for line, (_, second) in zip(lines[1:], rows, strict=True)
    }
    assert len(places) <= 1


def test_fields_without_a_value_are_left_out() -> None:
    assert fields([("a", "1"), ("why", ""), ("long", "2")]) == ["a     1", "long  2"]
    assert fields([]) == []


def test_a_terminal_that_cannot_move_its_cursor_has_no_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert has_screen()
    monkeypatch.setenv("TERM", "dumb")
    assert not has_screen()

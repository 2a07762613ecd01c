from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.data import segments as module
from ttgpt.engine.data.cleaning import Step, clean
from ttgpt.engine.data.cleaning_steps import steps_of
from ttgpt.engine.data.recipe import Cleaning
from ttgpt.engine.data.segments import segments

BOOK = (
    "The Project Gutenberg eBook of Odes\n\nTitle: Odes\nAuthor: [Unknown]\n\n"
    "*** START OF THE PROJECT GUTENBERG EBOOK ODES ***\n\n"
    "My heart aches.\n\n\n"
    "*** END OF THE PROJECT GUTENBERG EBOOK ODES ***\n\nSection 1. General Terms of Use\n"
)
prose = st.text("ab \n\r\t.é1", max_size=60)
any_step: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"line_ends": True},
        {"unicode": "NFC"},
        {"control_characters": True},
        {"metadata_lines": True},
        {"blank_lines": True},
        {"min_paragraph": 3},
        {"max_paragraph": 5},
        {"repeats": True},
        {"line_ends": True, "blank_lines": True, "repeats": True, "unicode": "NFKC"},
    ]
)


def run(text: str, **wanted: Any) -> tuple[str, Step]:
    """Clean a text; also give the last step."""
    steps = steps_of(Cleaning(**wanted))
    return "".join(clean([text], steps)), steps[-1]


@given(st.lists(st.text(max_size=30)))
def test_off_changes_nothing(parts: list[str]) -> None:
    assert steps_of(Cleaning()) == []
    assert "".join(clean(parts, [])) == "".join(parts)


@given(parts=st.lists(prose, max_size=6), wanted=any_step)
def test_where_a_text_is_cut_does_not_matter(parts: list[str], wanted: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LONGEST_SEGMENT", 1_000)  # cut at 250 at the earliest
        cut = "".join(clean(parts * 9, steps_of(Cleaning(**wanted))))
    assert cut == run("".join(parts * 9), **wanted)[0]


@given(text=prose, step=st.sampled_from(["line_ends", "control_characters", "blank_lines"]))
def test_what_was_cleaned_is_clean(text: str, step: str) -> None:
    once, _ = run(text, **{step: True})
    again, acted = run(once, **{step: True})
    assert (again, acted.removed) == (once, 0)


@given(st.lists(prose), st.integers(8, 40))
def test_segments_are_the_text(parts: list[str], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LONGEST_SEGMENT", size)
        assert "".join(segments(parts)) == "".join(parts)


def test_a_book_without_what_project_gutenberg_says() -> None:
    cleaned, step = run(BOOK * 2, gutenberg=True)
    assert cleaned.split() == ["My", "heart", "aches."] * 2
    assert step.removed == len(BOOK * 2) - len(cleaned)


def test_a_text_without_marks_is_no_book_of_project_gutenberg() -> None:
    text = "Project Gutenberg is mentioned here.\n\nMy heart aches.\n"
    assert run(text, gutenberg=True)[0] == text


def test_line_ends_become_line_feeds() -> None:
    cleaned, step = run("a\r\nb\rc\u2028d\x85e\n", line_ends=True)
    assert (cleaned, step.removed) == ("a\nb\nc\nd\ne\n", 4)


@pytest.mark.parametrize(
    ("form", "out"), [("NFC", "\u00e9 \ufb01 \u00bd"), ("NFKC", "\u00e9 fi 1\u20442")]
)
def test_equal_characters_are_written_in_one_way(form: str, out: str) -> None:
    cleaned, step = run("e\u0301 \ufb01 \u00bd\nplain\n", unicode=form)
    assert (cleaned, step.removed) == (f"{out}\nplain\n", 1)


def test_control_characters_go_but_tabs_and_line_ends_stay() -> None:
    cleaned, step = run("a\x00b\x1b[0m\tc\r\n\ufeffd\x9f", control_characters=True)
    assert (cleaned, step.removed) == ("ab[0m\tc\r\nd", 4)


@pytest.mark.parametrize(
    "line",
    [
        "[Illustration: a ship]",
        "[Pg 12]",
        "Page 7",
        "- 12 -",
        "[12]",
        "https://example.org/odes",
        "Title: Odes",
        "Copyright (C) 1820",
        "Produced by hand",
    ],
)
def test_lines_that_tell_of_the_text_go(line: str) -> None:
    cleaned, step = run(f"My heart aches.\n{line}\nAnd a drowsy\n", metadata_lines=True)
    assert (cleaned, step.removed) == ("My heart aches.\nAnd a drowsy\n", 1)


@pytest.mark.parametrize(
    "line",
    ["12", "ROMEO:", "Title of king", "The page 7 is torn", "(aside)", "[aside]", "- no -", ""],
)
def test_lines_of_the_text_stay(line: str) -> None:
    assert run(f"a\n{line}\nb\n", metadata_lines=True)[0] == f"a\n{line}\nb\n"


def test_runs_of_blank_lines_become_one() -> None:
    cleaned, step = run("a\n\n\n\nb\n \t\n\nc\n\nd\r\n\r\n\r\ne\n", blank_lines=True)
    assert cleaned == "a\n\nb\n\nc\n\nd\r\n\r\ne\n"
    assert step.removed == 4


def test_paragraphs_by_their_length() -> None:
    text = "one\n\nlonger than one\n\n\ntwo\nlines\n"
    cleaned, short = run(text, min_paragraph=4)
    assert (cleaned, short.removed) == ("longer than one\n\n\ntwo\nlines\n", 1)
    cleaned, long = run(text, max_paragraph=9)
    assert (cleaned, long.removed) == ("one\n\ntwo\nlines\n", 1)


def test_repeated_paragraphs_go_in_all_files() -> None:
    steps = steps_of(Cleaning(repeats=True))
    first = "".join(clean(["Away!\n\nstay\n\n  Away!  \n\n"], steps))
    second = "".join(clean(["stay\n\ngo\n"], steps))
    assert (first, second, steps[0].removed) == ("Away!\n\nstay\n\n", "go\n", 2)


def test_the_first_change_is_kept_to_be_shown() -> None:
    _, step = run("x" * 500 + "\r\nfit\r\n", line_ends=True)
    assert step.before.endswith("\r\nfit\r\n")
    assert step.after.endswith("x\nfit\n")
    assert len(step.before) < 100
    assert run("plain\n", line_ends=True)[1].before == ""

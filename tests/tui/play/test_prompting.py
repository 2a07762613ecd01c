"""In which order choices stand, and what becomes of characters that were never seen."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from saved_run import CHARACTERS

from ttgpt.engine.checkpoints.labels import Label
from ttgpt.engine.commands import Chunk, Drawn
from ttgpt.tui.play.choices import LIVE, Choice
from ttgpt.tui.play.ordering import BY_AGE, BY_LOSS, BY_RUN, BY_STEP, ORDERS, after, arranged
from ttgpt.tui.play.unknown import dropped, replaced
from ttgpt.tui.play.written import WrittenText

HOME = Path("runs")


def choice(run: str, step: int, *marks: str, val: float = 2.0, created: float = 0.0) -> Choice:
    folder = f"{run}/{step}"
    return Choice(HOME / run, run, step, marks, val, folder, created=created, preset=f"p-{run}")


LIVE_WEIGHTS = Choice(HOME / "b", "b", None, (LIVE,), math.nan, "")
A, B = choice("a", 10, "best", val=1.5, created=5), choice("b", 30, val=math.nan, created=9)
C = choice("c", 20, "last", val=1.2, created=1)
ALL = [LIVE_WEIGHTS, A, B, C]


@pytest.mark.parametrize(
    ("order", "wanted"),
    [(BY_RUN, [A, B, C]), (BY_LOSS, [C, A, B]), (BY_STEP, [B, C, A]), (BY_AGE, [B, A, C])],
)
def test_live_weights_stay_first_in_every_order(order: str, wanted: list[Choice]) -> None:
    assert arranged(ALL, order, "") == [LIVE_WEIGHTS, *wanted]


def test_every_word_of_a_filter_must_fit() -> None:
    assert arranged(ALL, BY_RUN, "BEST p-a 1") == [A]
    assert arranged(ALL, BY_RUN, "best b") == [A]
    assert arranged(ALL, BY_RUN, "live") == [LIVE_WEIGHTS]
    named = Choice(HOME / "d", "d", 1, (), 1.0, "d/1", label=Label(name="The Good One"))
    assert arranged([*ALL, named], BY_LOSS, "good") == [named]


def test_the_orders_go_round() -> None:
    order, seen = BY_RUN, []
    for _ in ORDERS:
        order = after(order)
        seen.append(order)
    assert sorted(seen) == sorted(ORDERS)
    assert order == BY_RUN


@pytest.mark.parametrize(
    ("text", "without", "like"),
    [
        ("Zoë", "Zo", "Zoe"),
        ("“Oh”—no…", "Ohno", "'Oh'-no..."),
        ("a\tb", "ab", "a b"),
        ("Straße", "Strae", "Strasse"),
        ("☃7", "", ""),
        ("plain.", "plain.", "plain."),
    ],
)
def test_what_was_never_seen_is_dropped_or_replaced(text: str, without: str, like: str) -> None:
    assert dropped(text, CHARACTERS) == without
    assert replaced(text, CHARACTERS) == like


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=30))
def test_nothing_unknown_is_left(text: str) -> None:
    assert CHARACTERS.unknown(dropped(text, CHARACTERS)) == []
    assert CHARACTERS.unknown(replaced(text, CHARACTERS)) == []


def test_tokens_take_their_share_of_a_chunks_text() -> None:
    text = WrittenText()
    drawn = (Drawn(7, 1, 0.1), Drawn(8, 0, 1.0), Drawn(9, 2, 3.0), Drawn(7, 1, 9.0))
    pieces = text.add(Chunk(1, 0, "aébc", 4, drawn))
    assert [piece.text for piece in pieces] == ["a", "", "éb", "c"]
    assert [piece.level for piece in pieces] == ["sure", "possible", "unlikely", "surprising"]
    assert (text.text, text.ids(), text.ids(2)) == ("aébc", (7, 8, 9, 7), (7, 8))
    going_on = WrittenText(tuple(pieces[:1]))
    going_on.add(Chunk(1, 0, "x", 1, (Drawn(3, 1, 0.0),)))
    assert going_on.text == "ax"

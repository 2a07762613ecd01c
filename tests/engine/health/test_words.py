import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.health.words import (
    headings,
    known_share,
    pair_share,
    reference,
    repeated_share,
    whole_words,
    words,
)

PLAY = """\
MARTHA:
Is that loaf for the wedding, or for the poor?

PETRA:
I bring you fish. I never sent a bill.

MARTHA:
You send your tongue instead, and it is dearer.
"""


def test_words_are_letters_with_an_apostrophe_inside() -> None:
    assert words("Don't say 'tis 3 o\N{RIGHT SINGLE QUOTATION MARK}clock -- Été") == [
        "don't", "say", "tis", "o\N{RIGHT SINGLE QUOTATION MARK}clock", "été",
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "kept"), [("one tw", ["one"]), ("one two.", ["one", "two"])])
def test_a_word_that_was_cut_short_does_not_count(text: str, kept: list[str]) -> None:
    assert whole_words(text) == kept


def test_known_words_have_three_letters_or_more() -> None:
    known = reference(PLAY, PLAY)
    assert known_share(words("I ab the loaf xqz"), known) == (2 / 3, 3)
    assert known_share(words("a b"), known) == (None, 0)


def test_what_the_held_out_text_reaches_is_the_mark() -> None:
    known = reference("the cat sat on the mat", "the dog sat")
    assert known.known == pytest.approx(2 / 3)
    assert known.known_pairs == 1.0  # none of its pairs is known: there is nothing to compare with
    assert pair_share(words("the cat dog"), known) == 0.5


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("one two three", None),
        ("one two three four five", 0.0),
        ("a b c d a b c d a b c d", 5 / 9),
        ("no no no no no no", 2 / 3),
    ],
)
def test_repeated_four_grams(text: str, share: float | None) -> None:
    found = repeated_share(words(text))
    assert found == (None if share is None else pytest.approx(share))


def test_speeches_begin_with_a_name_and_a_colon() -> None:
    assert headings(PLAY) == (3, 3)
    assert headings("No name here\n\nwidow: said\n\nWIDOW HALE:\nYes.\n") == (1, 3)
    assert reference(PLAY, PLAY).is_play
    assert not reference("Prose.\n\nMore of it.\n", "Prose.").is_play


@given(st.text(max_size=200))
def test_any_text_can_be_counted(text: str) -> None:
    known = reference(PLAY, text)
    assert 0 <= known.known <= 1
    share, judged = known_share(words(text), known)
    assert (share is None) == (judged == 0)
    names, blocks = headings(text)
    assert names <= blocks
    repeated = repeated_share(words(text))
    assert repeated is None or 0 <= repeated < 1


def test_random_letters_are_no_words() -> None:
    rng = random.Random(3)
    text = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz    ") for _ in range(4000))
    share, judged = known_share(words(text), reference(PLAY, PLAY))
    assert judged > 100
    assert share is not None
    assert share < 0.1

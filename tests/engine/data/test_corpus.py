from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.data import codepoints
from ttgpt.engine.data.corpus import Corpus, build
from ttgpt.engine.data.file_text import Pieces, RawText
from ttgpt.engine.data.recipe import Recipe
from ttgpt.engine.data.sources import Source
from ttgpt.engine.errors import DataError, UsageError

letters = st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufeff")
any_text = st.text(letters | st.sampled_from("\n\r\t"), min_size=1)


def corpus(*texts: str | bytes, **settings: Any) -> Corpus:
    """Build the corpus of some files, 1.txt, 2.txt and so on."""
    raws = []
    for number, text in enumerate(texts, start=1):
        source = Source("file", str(number), f"/odes/{number}.txt", "/odes")
        content = text if isinstance(text, bytes) else text.encode("utf-8")
        raws.append(RawText(source, content, hashlib.sha256(content).hexdigest()))
    return build(raws, Recipe.from_dict(settings))


def text_of(pieces: Pieces) -> str:
    return b"".join(pieces).decode("utf-8")


@given(text=any_text, share=st.sampled_from([0.01, 0.1, 0.25, 0.5]), block=st.integers(8, 64))
def test_the_end_of_the_text_is_held_out(text: str, share: float, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codepoints, "BLOCK", block)
        made = corpus(text, val_fraction=share)
    cut = int(len(text) * (1 - share))
    assert (text_of(made.train), text_of(made.val)) == (text[:cut], text[cut:])
    assert (made.seen.total, made.bytes) == (len(text), len(text.encode()))
    assert "".join(map(chr, made.seen.present)) == "".join(sorted(set(text)))
    assert made.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert made.lines == text.count("\n") + (not text.endswith("\n"))


@given(texts=st.lists(any_text, min_size=2, max_size=4))
def test_files_follow_one_another_on_lines_of_their_own(texts: list[str]) -> None:
    made = corpus(*texts)
    joined = "".join(t if t.endswith("\n") else f"{t}\n" for t in texts[:-1]) + texts[-1]
    assert text_of(made.train + made.val) == joined
    assert made.seen.total == len(joined)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert text_of(corpus("\ufeffOde").train + corpus("\ufeffOde").val) == "Ode"


def test_a_whole_file_is_held_out() -> None:
    made = corpus("a\n" * 80, "b\n" * 10, "c\n" * 10, split="file", held_out_file="/odes/3.txt")
    assert text_of(made.train) == "a\n" * 80 + "b\n" * 10
    assert text_of(made.val) == "c\n" * 10
    assert made.sha256 == hashlib.sha256(text_of(made.train + made.val).encode()).hexdigest()


def test_a_downloaded_text_is_held_out_by_its_name_or_its_address() -> None:
    url = "https://example.org/a/input.txt"
    play = Source("download", "play", url, "play")
    raws = [
        RawText(source, text, hashlib.sha256(text).hexdigest())
        for source, text in ((play, b"a\n" * 9), (Source("file", "2", "/odes/2.txt", "/"), b"b\n"))
    ]
    for wanted in ("play", url):
        made = build(list(raws), Recipe(split="file", held_out_file=wanted))
        assert text_of(made.val) == "a\n" * 9
    with pytest.raises(UsageError) as caught:
        build(list(raws), Recipe(split="file", held_out_file="plya"))
    assert "play" in caught.value.next_step


def test_without_a_choice_the_file_of_the_wanted_size_is_held_out() -> None:
    made = corpus("a" * 60, "b" * 12, "c" * 28, split="file", val_fraction=0.25)
    assert text_of(made.val).strip() == "c" * 28


def test_one_file_cannot_be_held_out_of_one() -> None:
    with pytest.raises(UsageError, match="There is one file"):
        corpus("a" * 60, split="file")


def test_a_file_that_is_none_of_them_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"3\.txt cannot be held out") as caught:
        corpus("a", "b", split="file", held_out_file="3.txt")
    assert "2.txt" in caught.value.next_step


def test_rare_characters_are_taken_out_of_all_files() -> None:
    made = corpus("aaa½b", "cc a", "½", drop_rare=1)
    assert text_of(made.train + made.val) == "aaa½\ncca\n½"
    assert [(one.step, one.removed) for one in made.removed] == [("drop_rare", 2)]
    assert made.seen.count("b") == 0


@pytest.mark.parametrize("cleaning", [{}, {"line_ends": True}])
def test_what_a_cut_left_of_characters_is_left_out_and_counted(cleaning: dict[str, bool]) -> None:
    snow = "雪 où ".encode()
    made = corpus(snow[1:], snow + snow[:2], "ab", cleaning=cleaning)
    assert text_of(made.train + made.val) == " où \n雪 où \nab"
    assert [(one.removed, one.unit) for one in made.removed if one.removed] == [(4, "bytes")]
    assert made.sha256 == hashlib.sha256(" où \n雪 où \nab".encode()).hexdigest()
    alone = corpus(snow + snow[:1], cleaning=cleaning)
    assert alone.sha256 == hashlib.sha256(snow).hexdigest()


def test_cleaning_is_counted() -> None:
    made = corpus("a\r\nb\r\n", "c\r\n", cleaning={"line_ends": True})
    assert text_of(made.train + made.val) == "a\nb\nc\n"
    assert [(one.step, one.removed, one.unit) for one in made.removed] == [
        ("line_ends", 3, "line ends")
    ]


def test_a_text_of_which_nothing_is_left_says_what_took_it() -> None:
    with pytest.raises(DataError, match="Nothing is left") as caught:
        corpus("a\n\nb\n", cleaning={"min_paragraph": 5})
    assert "min_paragraph 2 paragraphs" in caught.value.why


def test_what_was_read_is_let_go_of() -> None:
    source = Source("file", "1", "/odes/1.txt", "/odes")
    texts = [RawText(source, b"Ode\n", "0")]
    build(texts, Recipe())
    assert texts == []


def test_a_recipe_survives_being_written_down(tmp_path: Path) -> None:
    recipe = Recipe.from_dict(
        {"sources": ["a", "b"], "tokenizer": "bpe", "cleaning": {"unicode": "NFC"}}
    )
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    with pytest.raises(UsageError, match="No source"):
        Recipe(sources=())

"""The light encoder for prompts against the library that encodes whole texts."""

import base64
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from texts import build, gpt2_files
from tokenizers import pre_tokenizers

from ttgpt.engine.data import bpe, bulk
from ttgpt.engine.data.codepoints import BLOCK
from ttgpt.engine.data.tokenizer import BpeTokenizer, Tokenizer
from ttgpt.engine.errors import DataError

VERSE = "It's 1807: where are the songs of Spring?  Ay, where are they?\n\n\tThink not of them\n"
short_text = st.text() | st.text(" \t\n\r'\u2019sdéß½1²!\x1c\x85\xa0\u2028\u3000漢🐚", max_size=40)
long_run = st.builds(
    lambda text, count, end: (text * count)[:count] + end,
    st.text("ac1!' \t\x1c漢", min_size=1, max_size=2),
    st.sampled_from([n * bpe.LONGEST_WORD + more for n in (1, 2, 5) for more in (-1, 0, 1, 2)]),
    st.sampled_from(["", "s", " s", "'s", "1", "!", "\n"]),
)
any_text = st.lists(short_text | long_run, max_size=3).map("".join)
LETTERS = random.Random(1)
WITHOUT_BLANKS = {
    "ACGT": "".join(LETTERS.choices("ACGT", k=200_000)),
    "digits": "".join(LETTERS.choices("0123456789", k=200_000)),
    "base64": base64.b64encode(LETTERS.randbytes(150_000)).decode(),
    "CJK": "".join(map(chr, LETTERS.choices(range(0x4E00, 0x5E00), k=200_000))),
    "blanks": " " * 200_000,
    "in a line of others": "My heart aches: " + "a" * 200_000 + "'s drowsy numbness",
}


def learned(text: str = VERSE * 20) -> BpeTokenizer:
    made = build("bpe", text)
    assert isinstance(made, BpeTokenizer)
    return made


MADE = learned()


def in_bulk(tokenizer: BpeTokenizer, *pieces: str) -> list[int]:
    raw = (memoryview(piece.encode()) for piece in pieces)
    return [i for ids in bulk.encoded(tokenizer, raw) for i in ids.tolist()]


def test_a_vocabulary_learns_what_is_frequent() -> None:
    assert 256 < MADE.vocab_size <= 300
    assert len(MADE.encode(VERSE)) < len(VERSE.encode())
    assert b" are" in MADE.token_bytes


@given(any_text)
@settings(deadline=None)
def test_a_prompt_is_encoded_as_the_library_encodes_it(text: str) -> None:
    ids = MADE.encode(text)
    assert ids == in_bulk(MADE, text)
    assert MADE.decode(ids) == text
    assert "".join(bpe.words(text)) == text


@given(st.lists(any_text, max_size=4))
@settings(deadline=None, max_examples=30)
def test_cutting_a_text_changes_no_token(parts: list[str]) -> None:
    assert in_bulk(MADE, *parts) == in_bulk(MADE, "".join(parts))


@pytest.mark.parametrize("text", WITHOUT_BLANKS.values(), ids=WITHOUT_BLANKS)
@pytest.mark.parametrize("piece", [1_000, 200_000])
def test_no_long_word_comes_to_the_library(text: str, piece: int) -> None:
    raw = [memoryview(text[i : i + piece].encode()) for i in range(0, len(text), piece)]
    parts = list(bulk.texts(raw))
    assert "".join(parts) == text
    cut = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str
    borders = [border for part in parts for _, border in cut(part)]
    assert max(end - start for start, end in borders) <= bpe.LONGEST_WORD


def test_learning_from_one_long_word_tells_how_far_it_is_and_repeats() -> None:
    raw = WITHOUT_BLANKS["ACGT"].encode()
    told: list[tuple[str, int, int]] = []
    made = bulk.learn([memoryview(raw)], 300, lambda *said: told.append(said), len(raw))
    assert made.vocab_size == 300
    read = [done for what, done, total in told if what == "learning the vocabulary"]
    assert read == sorted(read)
    assert read[-1] == len(raw)
    assert told[-1][0].startswith("joining frequent pairs")
    assert bulk.learn([memoryview(raw)], 300).to_json() == made.to_json()


def test_a_border_between_blocks_changes_no_token() -> None:
    text = (VERSE * (BLOCK // len(VERSE) + 2))[: BLOCK + 1_000]
    cut = in_bulk(MADE, text)
    assert MADE.decode(cut) == text
    assert cut[-100:] == MADE.encode(text[-2_000:])[-100:]


def test_the_same_text_gives_the_same_vocabulary() -> None:
    assert learned().to_json() == MADE.to_json()


def test_a_short_text_gives_fewer_tokens() -> None:
    assert learned("ab").vocab_size == 256


def test_the_vocabulary_of_gpt2_is_read_from_its_two_files(tmp_path: Path) -> None:
    folder = gpt2_files(tmp_path / "home" / "tokenizers" / "gpt2", MADE)
    assert bulk.find_gpt2(tmp_path / "home") == folder
    read = bulk.load_gpt2(folder)
    assert (read.kind, read.encode(VERSE)) == ("gpt2", MADE.encode(VERSE))
    assert Tokenizer.from_json(read.to_json()).encode(VERSE) == MADE.encode(VERSE)


def test_a_given_folder_is_the_only_place(tmp_path: Path) -> None:
    gpt2_files(tmp_path / "tokenizers" / "gpt2", MADE)
    (tmp_path / "empty").mkdir()
    assert bulk.find_gpt2(tmp_path, str(tmp_path / "empty")) is None


def test_a_cache_of_hugging_face_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    kept = tmp_path / "hub" / "models--openai-community--gpt2" / "snapshots" / "607a"
    assert bulk.find_gpt2(tmp_path) is None
    gpt2_files(kept, MADE)
    assert bulk.find_gpt2(tmp_path) == kept


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("vocab.json", "{"),
        ("vocab.json", "[]"),
        ("vocab.json", "[" * 100_000),
        ("vocab.json", '{"a": 0}'),
        ("vocab.json", '{"a": 1}'),
        ("vocab.json", '{"a": "x", "b": 1}'),
        ("merges.txt", "one\n"),
        ("merges.txt", "a b c\n"),
        ("merges.txt", "qqq zzz\n"),
        ("merges.txt", "\ud800"),
    ],
)
def test_damaged_files_are_named(file: str, content: str, tmp_path: Path) -> None:
    folder = gpt2_files(tmp_path / "gpt2", MADE)
    (folder / file).write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(DataError, match="cannot be used") as caught:
        bulk.load_gpt2(folder)
    assert caught.value.next_step

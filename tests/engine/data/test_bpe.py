"""The light encoder for prompts against the library that encodes whole texts."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from texts import build, gpt2_files

from ttgpt.engine.data import bpe, bulk
from ttgpt.engine.data.codepoints import BLOCK
from ttgpt.engine.data.tokenizer import BpeTokenizer, Tokenizer
from ttgpt.engine.errors import DataError

VERSE = "It's 1807: where are the songs of Spring?  Ay, where are they?\n\n\tThink not of them\n"
any_text = st.text() | st.text(" \t\n\r'\u2019sdéß½1²!\x1c\x85\xa0\u2028\u3000漢🐚", max_size=40)


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

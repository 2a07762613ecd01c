import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from texts import build

from ttgpt.engine.data.tokenizer import ByteTokenizer, CharTokenizer, TextStream, Tokenizer, visible
from ttgpt.engine.errors import DataError, UsageError

any_text = st.text()  # any code point that UTF-8 can hold
some_text = st.text(min_size=1)


def test_char_ids_follow_code_points() -> None:
    tokenizer = CharTokenizer.from_text("banana\n")
    assert tokenizer.characters == "\nabn"
    assert tokenizer.encode("nab\n") == [3, 1, 2, 0]
    assert tokenizer.vocab_size == 4


def test_bytes_are_utf8() -> None:
    assert ByteTokenizer().encode("aé") == [0x61, 0xC3, 0xA9]


@given(some_text)
def test_char_round_trip(text: str) -> None:
    tokenizer = CharTokenizer.from_text(text)
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert set(ids) == set(range(tokenizer.vocab_size))
    assert tokenizer.unknown(text) == []


@given(any_text)
def test_byte_round_trip(text: str) -> None:
    tokenizer = ByteTokenizer()
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.unknown(text) == []


@given(some_text)
def test_a_vocabulary_does_not_hang_on_the_order_of_the_text(text: str) -> None:
    assert CharTokenizer.from_text(text).to_json() == CharTokenizer.from_text(text[::-1]).to_json()


@pytest.mark.parametrize("kind", ["char", "byte", "bpe"])
@given(text=some_text)
@settings(deadline=None, max_examples=50)
def test_json_round_trip(kind: str, text: str) -> None:
    tokenizer = build(kind, text)
    again = Tokenizer.from_json(json.loads(json.dumps(tokenizer.to_json())))
    assert again.kind == kind
    assert again.encode(text) == tokenizer.encode(text)
    assert again.decode(again.encode(text)) == text


@given(text=some_text)
def test_file_round_trip(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    CharTokenizer.from_text(text).save(path)
    assert Tokenizer.load(path).to_json() == CharTokenizer.from_text(text).to_json()


@given(known=some_text, text=any_text)
def test_unknown_are_the_places_outside_the_vocabulary(known: str, text: str) -> None:
    tokenizer = CharTokenizer.from_text(known)
    places = tokenizer.unknown(text)
    assert {text[place] for place in places}.isdisjoint(known)
    rest = "".join(c for place, c in enumerate(text) if place not in places)
    assert tokenizer.decode(tokenizer.encode(rest)) == rest


def test_an_unknown_character_is_named_with_its_place() -> None:
    tokenizer = CharTokenizer.from_text("abc")
    with pytest.raises(UsageError) as caught:
        tokenizer.encode("abécé")
    assert "'é' (U+00E9), character 3 of the text," in caught.value.what
    assert "3 different characters" in caught.value.why
    assert caught.value.next_step
    assert tokenizer.unknown("abécé") == [2, 4]


@pytest.mark.parametrize("kind", ["char", "byte", "bpe"])
def test_a_lone_surrogate_is_refused(kind: str) -> None:
    tokenizer = build(kind, "abc")
    assert tokenizer.unknown("a\udc80") == [1]
    with pytest.raises(UsageError, match="character 2 of the text, is not a whole character"):
        tokenizer.encode("a\udc80")


@pytest.mark.parametrize(
    ("character", "seen"),
    [
        ("\n", "'\\n' (U+000A)"),
        ("\x1b", "'\\x1b' (U+001B)"),
        ("\u202e", "'\\u202e' (U+202E)"),
        ("\u0301", "'\\u0301' (U+0301)"),
        ("\U0001f600", "'\U0001f600' (U+1F600)"),
    ],
)
def test_characters_are_made_visible(character: str, seen: str) -> None:
    assert visible(character) == seen


def test_invalid_utf8_is_replaced() -> None:
    assert ByteTokenizer().decode([0x61, 0xFF, 0x62]) == "a\ufffdb"


@pytest.mark.parametrize("kind", ["char", "byte", "bpe"])
@pytest.mark.parametrize("token", [-1, 300])
def test_an_id_outside_the_vocabulary_is_refused(kind: str, token: int) -> None:
    with pytest.raises(DataError, match=f"Token {token} is outside the vocabulary"):
        build(kind, "abc").decode([token])


@given(ids=st.lists(st.integers(0, 255)), cuts=st.lists(st.integers(0, 40)))
def test_a_stream_of_bytes_gives_what_decoding_at_once_gives(
    ids: list[int], cuts: list[int]
) -> None:
    stream, edges = TextStream(ByteTokenizer()), sorted({0, len(ids), *cuts})
    parts = [stream.feed(ids[a:b]) for a, b in itertools.pairwise(edges)]
    text = "".join(parts)
    assert ByteTokenizer().decode(ids) in (text, f"{text}\ufffd")  # but not a cut character's


@given(any_text)
def test_a_stream_never_gives_a_part_of_a_character(text: str) -> None:
    stream = TextStream(ByteTokenizer())
    parts = [stream.feed([token]) for token in ByteTokenizer().encode(text)]
    assert [part for part in parts if part] == list(text)


def test_a_stream_holds_a_split_character_back() -> None:
    stream = TextStream(ByteTokenizer())
    assert stream.feed([0xE2, 0x82]) == ""
    assert stream.feed([0xAC, 0x21]) == "€!"
    assert stream.feed([0xE2]) == ""


def test_a_stream_of_characters_holds_nothing_back() -> None:
    tokenizer = CharTokenizer.from_text("a€")
    stream = TextStream(tokenizer)
    assert [stream.feed([token]) for token in tokenizer.encode("€a")] == ["€", "a"]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {},
        {"format": 1},
        {"format": 2, "kind": "byte"},
        {"format": 1, "kind": "bpe"},
        {"format": 1, "kind": ["char"]},
        {"format": 1, "kind": "char"},
        {"format": 1, "kind": "char", "characters": ""},
        {"format": 1, "kind": "char", "characters": "ba"},
        {"format": 1, "kind": "char", "characters": "aab"},
        {"format": 1, "kind": "char", "characters": ["a", "b"]},
        {"format": 1, "kind": "char", "characters": "a\ud800"},
    ],
)
def test_a_damaged_tokenizer_is_refused(raw: object) -> None:
    with pytest.raises(DataError):
        Tokenizer.from_json(raw)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000])
def test_a_damaged_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content)
    with pytest.raises(DataError):
        Tokenizer.load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is missing"):
        Tokenizer.load(tmp_path / "tokenizer.json")


@given(st.binary(max_size=200))
def test_no_file_raises_anything_else(content: bytes) -> None:
    try:
        raw = json.loads(content)
    except (ValueError, RecursionError):
        return
    with pytest.raises(DataError):
        Tokenizer.from_json(raw)


def test_an_empty_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="sorted list without repeats"):
        CharTokenizer("")

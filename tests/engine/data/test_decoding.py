import json
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ttgpt.engine.data import decoding
from ttgpt.engine.data.binary import binary_kind, guess_wide
from ttgpt.engine.data.decoding import check_is_text, decoded, records, without_halves
from ttgpt.engine.data.recipe import ENCODINGS
from ttgpt.engine.errors import DataError

SPRING = "Où sont les neiges d'antan ? 雪🐚\n" * 20


def read(raw: bytes, encoding: str = "utf-8") -> str:
    check_is_text(raw, "ode.txt", encoding)
    return "".join(decoded(raw, "ode.txt", encoding))


@given(text=st.text(st.characters(exclude_characters="\0\ufeff", codec="utf-8"), min_size=1))
@example(text=SPRING)
def test_any_text_is_read_as_it_was_written(text: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        read_as = encoding.removesuffix("-sig")
        assert "".join(decoded(text.encode(encoding), "ode.txt", read_as)) == text


@pytest.mark.parametrize("size", range(1, 9))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_blocks_may_end_anywhere(size: int, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "BLOCK", size)
    assert read(SPRING.encode(encoding), encoding) == SPRING


def test_other_encodings_are_read_when_they_are_named() -> None:
    assert read(b"caf\xe9", "latin-1") == "café"
    assert read(b"\x93so\x94", "cp1252") == "\u201cso\u201d"


@pytest.mark.parametrize(
    ("content", "place", "next_step"),
    [
        (b"caf\xe9 noir", "byte 0xE9 at offset 3", "--encoding latin-1"),
        (b"it\x92s so", "byte 0x92 at offset 2", "--encoding cp1252"),
        (b"caf\xe9", "byte 0xE9 at offset 3", "iconv -c -f UTF-8"),
        (b"\x93so", "byte 0x93 at offset 0", "iconv -c -f UTF-8"),
        ("où? caf".encode() + b"\xe9 noir", "byte 0xE9 at offset 8", "iconv -c -f UTF-8"),
        ("a surrogate \ud800".encode("utf-8", "surrogatepass"), "0xED at offset 12", "--encoding"),
        (b"\xef\xbb\xbfcaf\xe9", "byte 0xE9 at offset 6", "--encoding latin-1"),
    ],
)
@pytest.mark.parametrize("block", [3, decoding.BLOCK])
def test_what_is_not_utf_8_is_told_with_its_byte_and_place(
    content: bytes, place: str, next_step: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "BLOCK", block)
    with pytest.raises(DataError, match=place) as caught:
        read(content)
    assert caught.value.what.startswith("ode.txt is not in UTF-8")
    assert next_step in caught.value.next_step


def test_a_wrong_encoding_is_told_too() -> None:
    with pytest.raises(DataError, match="not in UTF-16-LE: byte 0x00 at offset 2") as caught:
        read(b"a\0\0\xdcb\0", "utf-16-le")
    assert "Try another --encoding" in caught.value.next_step


@given(
    text=st.text(st.characters(exclude_characters="\0", codec="utf-8")),
    begin=st.integers(0, 3),
    end=st.integers(0, 3),
)
def test_a_text_cut_inside_a_character_loses_no_whole_one(text: str, begin: int, end: int) -> None:
    whole = f"雪{text}é"
    raw = f"🐚{whole}🐚".encode()
    cut = raw[4 - begin : len(raw) - 4 + end]
    assert without_halves(cut).decode() == whole
    assert without_halves(whole.encode()) == whole.encode()


def test_a_cut_is_seen_beside_ascii_where_it_can_be_nothing_else() -> None:
    assert without_halves(b"end cut \xe2\x82") == b"end cut "
    for other in (b"caf\xe9", b"\x93so", b"\xe2\x82", b"caf\xe9 \xc3\xa9 noir\xe9\x20"):
        assert without_halves(other) == other


@pytest.mark.parametrize("left", [1, 2, 3])
def test_utf_16_cut_inside_a_character_is_told(left: int) -> None:
    with pytest.raises(DataError, match="not in UTF-16-LE") as caught:
        read("snow 🐚".encode("utf-16-le")[: 10 + left], "utf-16-le")
    assert f"head -c -{left} " in caught.value.next_step


@given(text=st.text(st.characters(codec="utf-8")), encoding=st.sampled_from(ENCODINGS))
def test_no_text_has_a_nul_whatever_it_was_read_as(text: str, encoding: str) -> None:
    raw = (text + "\0").encode(encoding, "ignore")
    with pytest.raises(DataError, match=r"0x00|U\+0000|not in UTF|looks like|its first bytes"):
        read(raw, encoding)


def test_a_nul_in_utf_16_is_told_by_its_place() -> None:
    with pytest.raises(DataError, match=r"binary \(U\+0000 is its character 4\)"):
        read("雪ab\0c".encode("utf-16"), "utf-16")


LINES = pytest.mark.parametrize(
    "line",
    ["Ode to a Nightingale\n", "Лишь дым\n", "夜鶯に寄せる頌歌\n"],
    ids=["la", "cy", "ja"],
)


@pytest.mark.parametrize("read_as", ["utf-8", "utf-16", "latin-1"])
@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
@LINES
def test_utf_32_is_recognised_and_not_called_utf_16(line: str, encoding: str, read_as: str) -> None:
    for raw in ((line * 5).encode(encoding), line[:2].encode(encoding)):
        assert guess_wide(raw) == encoding
        with pytest.raises(DataError) as caught:
            read(raw, read_as)
        assert caught.value.why.startswith("It looks like UTF-32 ")
        assert f"iconv -f {encoding.upper().replace('-', '').replace('UTF', 'UTF-')} " in (
            caught.value.next_step
        )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@LINES
def test_utf_16_is_recognised(line: str, encoding: str) -> None:
    raw = (line * 5).encode(encoding)
    assert guess_wide(raw) == encoding
    with pytest.raises(DataError, match="is not in UTF-8") as caught:
        read(raw)
    assert f"--encoding {encoding}" in caught.value.next_step
    assert read(raw, encoding) == line * 5


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"\x1f\x8b\x08rest", "a gzip archive"),
        (b"abc\0def", r"byte 0x00 at offset 3"),
        (b"\x01\x02\x03 few letters", "its first bytes say so"),
    ],
)
def test_what_is_binary_is_refused_by_its_kind(content: bytes, kind: str) -> None:
    with pytest.raises(DataError, match=kind):
        read(content)


def test_noise_is_no_utf_16() -> None:
    for seed in range(20):
        assert guess_wide(random.Random(seed).randbytes(4_000)) == ""
    assert guess_wide("naïve text\n".encode() * 9 + b"\0") == ""


def test_a_zero_byte_behind_the_beginning_is_found() -> None:
    with pytest.raises(DataError, match="byte 0x00 at offset 70,000"):
        read(b"a" * 70_000 + b"\0")


@pytest.mark.parametrize(
    "head", [b"", b"#!/bin/sh\n", b"a\x1b[31mred", b"tab\tfeed\f", "雪".encode()]
)
def test_texts_are_no_binaries(head: bytes) -> None:
    assert binary_kind(head) == ""


def test_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="is empty"):
        read(b"")


lines = st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")))


@given(texts=lines, size=st.integers(1, 9), plain=st.booleans())
def test_fields_are_joined_by_blank_lines(texts: list[str], size: int, plain: bool) -> None:
    whole = "\n".join(json.dumps({"text": text, "n": 1}, ensure_ascii=plain) for text in texts)
    parts = (whole[i : i + size] for i in range(0, len(whole), size))
    assert "".join(records(parts, "text", "a.jsonl")) == "\n\n".join(texts)


def test_empty_lines_between_objects_are_no_objects() -> None:
    assert "".join(records(iter(['{"t":"a"}\n\n  \n{"t":"b"}\n']), "t", "a.jsonl")) == "a\n\nb"


@pytest.mark.parametrize(
    ("line", "what", "more"),
    [
        ('{"text": 1}', "its field 'text' is not a text", "It is int"),
        ('{"text": "\\ud800"}', "is not a text", "Half a character"),
        ('{"text": "a\\u0000"}', "is not a text", "holds U+0000"),
        ('{"body": "a"}', "has no field 'text'", "Its fields: body"),
        ("[1]", "has no field 'text'", "not an object"),
        ("{", "is not JSON", "--text-field"),
        ("[" * 100_000, "is not JSON", ""),
    ],
)
def test_a_line_that_does_not_fit_is_told_by_its_number(line: str, what: str, more: str) -> None:
    with pytest.raises(DataError, match=what) as caught:
        list(records(iter(['{"text": "a"}\n', line]), "text", "a.jsonl"))
    assert caught.value.what.startswith("Line 2 of a.jsonl")
    if line != "{":
        assert more in caught.value.why

import hashlib
import io
import os
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.data import corpus
from ttgpt.engine.data.corpus import read_source, source_names
from ttgpt.engine.data.download import Download
from ttgpt.engine.errors import DataError


def file(tmp_path: Path, content: bytes, name: str = "keats.txt") -> str:
    path = tmp_path / name
    path.write_bytes(content)
    return str(path)


def test_the_bundled_text_is_ascii_and_long_enough_to_learn_from(tmp_path: Path) -> None:
    source = read_source("harbour", tmp_path)
    assert source.name == "harbour"
    assert source.origin == "bundled"
    assert len(source.text) > 150_000
    assert source.text.isascii()
    assert source.sha256 == hashlib.sha256(source.text.encode()).hexdigest()
    assert list(tmp_path.iterdir()) == []


def test_a_download_is_read_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"First Citizen:\n"
    known = Download("play", "https://example.org/", 15, hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(corpus.DOWNLOADS, "play", known)
    source = read_source(
        "play", tmp_path, opener=lambda url, timeout: nullcontext(io.BytesIO(content))
    )
    assert (source.name, source.text, source.origin) == ("play", content.decode(), known.url)
    assert source.sha256 == corpus.known_sha256("play") == known.sha256


def test_the_names_are_those_of_the_texts() -> None:
    assert source_names() == ["harbour", "tiny-shakespeare"]
    assert corpus.known_sha256("harbour") is None


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    content = "Ode\r\nto a Nightingale ½\n".encode()
    source = read_source(file(tmp_path, content), tmp_path)
    assert source.text == "Ode\r\nto a Nightingale ½\n"
    assert source.name == "keats"
    assert source.origin == str(tmp_path / "keats.txt")
    assert source.sha256 == hashlib.sha256(content).hexdigest()


@given(text=st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1))
def test_any_text_round_trips(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("text")
    source = read_source(file(folder, b"\xef\xbb\xbf" + text.encode()), folder)
    assert source.text == text


def test_a_byte_order_mark_changes_nothing(tmp_path: Path) -> None:
    plain = read_source(file(tmp_path, b"Ode"), tmp_path)
    assert read_source(file(tmp_path, b"\xef\xbb\xbfOde"), tmp_path) == plain


def test_a_path_under_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    file(tmp_path, b"Ode")
    assert read_source("~/keats.txt", tmp_path).text == "Ode"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"caf\xe9 noir", "byte 0xE9 at offset 3"),
        (b"abc\0def", "byte 0x00 at offset 3"),
        (b"end cut \xe2\x82", "byte 0xE2 at offset 8"),
        ("a surrogate \ud800".encode("utf-8", "surrogatepass"), "byte 0xED at offset 12"),
        (b"\x80" * 5, "byte 0x80 at offset 0"),
    ],
)
def test_what_is_not_a_text_is_refused(content: bytes, what: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=what) as caught:
        read_source(file(tmp_path, content), tmp_path)
    assert caught.value.next_step


def test_utf16_is_recognised(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="iconv -f UTF-16"):
        read_source(file(tmp_path, "Ode".encode("utf-16")), tmp_path)


def test_a_missing_file_names_the_nearest_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Did you mean harbour"):
        read_source("harbor", tmp_path)


@pytest.mark.parametrize("source", ["", "~nobody-of-that-name/x.txt", "a\0b", "x" * 5_000])
def test_impossible_paths_are_refused(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError):
        read_source(source, tmp_path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is a folder"):
        read_source(str(tmp_path), tmp_path)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="pipe or a device"):
        read_source(str(tmp_path / "pipe"), tmp_path)
    with pytest.raises(DataError, match="pipe or a device"):
        read_source("/dev/zero", tmp_path)


def test_a_file_without_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read everything
    with pytest.raises(DataError, match="No permission"):
        read_source(file(tmp_path, b"Ode"), tmp_path)


def test_a_text_too_large_for_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as huge:
        huge.truncate(corpus.LARGEST + 1)
    with pytest.raises(DataError, match="A text may have 1,073,741,824"):
        read_source(str(path), tmp_path)


def test_a_broken_installation_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(corpus.BUNDLED, "harbour", "not-there.txt")
    with pytest.raises(DataError, match="Install ttgpt-tui again"):
        read_source("harbour", tmp_path)

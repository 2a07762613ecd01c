import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ttgpt.engine.data import sources
from ttgpt.engine.data.sources import Located, locate, read, source_names
from ttgpt.engine.errors import DataError


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def names(located: Located) -> list[str]:
    return [source.name for source in located.sources]


def test_the_bundled_text_is_ascii_and_long_enough_to_learn_from(tmp_path: Path) -> None:
    (source,) = locate(("harbour",)).sources
    content = read(source, tmp_path)
    assert source.origin == "bundled"
    assert len(content) > 150_000
    assert content.isascii()
    assert list(tmp_path.iterdir()) == []


def test_the_names_are_those_of_the_texts() -> None:
    assert source_names() == ["harbour", "tiny-shakespeare"]
    assert sources.known_sha256("harbour") is None
    assert sources.known_sha256("tiny-shakespeare") is not None


def test_a_broken_installation_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sources.BUNDLED, "harbour", "not-there.txt")
    with pytest.raises(DataError, match="cannot be read") as caught:
        read(locate(("harbour",)).sources[0], tmp_path)
    assert caught.value.next_step == "Install ttgpt-tui again."


def test_a_file_is_known_by_its_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, {"odes/keats.txt": b"Ode"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for given in ("odes/keats.txt", "~/odes/keats.txt", "odes/../odes/keats.txt"):
        (source,) = locate((given,)).sources
        assert (source.name, source.origin) == ("keats", str(tmp_path / "odes" / "keats.txt"))
        assert read(source, tmp_path) == b"Ode"


def test_a_file_that_is_named_like_a_text_is_reached_with_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, {"harbour": b"mine"})
    monkeypatch.chdir(tmp_path)
    (bundled,), (own,) = locate(("harbour",)).sources, locate(("./harbour",)).sources
    assert (bundled.kind, own.kind) == ("bundled", "file")


def test_a_folder_gives_its_texts_in_order_and_says_what_is_none(tmp_path: Path) -> None:
    files = {"b.md": b"b", "a/z.py": b"z", "a.txt": b"a", ".hidden/x.txt": b"x", ".y": b"y"}
    odd = {"empty.txt": b"", "photo.png": b"\x89PNG\r\n\x1a\n\0\0", "noise": bytes(range(256)) * 9}
    put(tmp_path, {**files, **odd})
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "gone").symlink_to("nowhere")
    located = locate((str(tmp_path),))
    assert names(located) == ["a", "z", "b"]
    left = {Path(one.path).name: one.reason for one in located.left_out}
    assert left == {
        "empty.txt": "empty",
        "photo.png": "a PNG image",
        "noise": "binary",
        "pipe": "a pipe or a device",
        "gone": "no such file or directory",
    }


def test_a_pattern_gives_what_fits_it(tmp_path: Path) -> None:
    put(tmp_path, {"a/1.txt": b"1", "a/b/2.txt": b"2", "a/b/3.md": b"3"})
    assert names(locate((f"{tmp_path}/**/*.txt",))) == ["1", "2"]
    assert names(locate((f"{tmp_path}/a/b/[23].*",))) == ["2", "3"]
    with pytest.raises(DataError, match="There is no text in"):
        locate((f"{tmp_path}/*.rst",))


def test_links_do_not_give_a_file_twice(tmp_path: Path) -> None:
    put(tmp_path, {"a/1.txt": b"1", "2.txt": b"2"})
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    (tmp_path / "3.txt").symlink_to(tmp_path / "2.txt")
    found = locate((f"{tmp_path}/**/[12].txt",))
    assert [source.origin for source in found.sources] == [
        str(tmp_path / "2.txt"),
        str(tmp_path / "a" / "1.txt"),
    ]
    assert names(locate((str(tmp_path),))) == ["2", "1"]
    assert names(locate((f"{tmp_path}/3.txt", f"{tmp_path}/2.txt"))) == ["3"]


def test_a_file_with_a_star_in_its_name_is_that_file(tmp_path: Path) -> None:
    put(tmp_path, {"a*.txt": b"1", "ab.txt": b"2"})
    assert names(locate((f"{tmp_path}/a*.txt",))) == ["a*"]


def test_several_follow_one_another_and_none_twice(tmp_path: Path) -> None:
    put(tmp_path, {"1.txt": b"1", "2.txt": b"2"})
    given = (f"{tmp_path}/2.txt", "harbour", str(tmp_path), "harbour")
    assert names(locate(given)) == ["2", "harbour", "1"]


def test_standard_input_is_read_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"Ode")))
    (source,) = locate(("-", "-")).sources
    assert (source.kind, read(source, tmp_path)) == ("stdin", b"Ode")
    monkeypatch.setattr(sources, "LARGEST", 2)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"Ode")))
    with pytest.raises(DataError, match="Standard input: 3 bytes are too many"):
        read(source, tmp_path)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match="Standard input cannot be read"):
        read(source, tmp_path)


@pytest.mark.parametrize("name", ["harbor", "", "~nobody-of-that-name/x.txt", "a\0b", "x" * 5_000])
def test_what_is_not_there_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as caught:
        locate((name,))
    assert caught.value.why
    assert caught.value.next_step
    if name == "harbor":
        assert "Did you mean harbour" in caught.value.next_step


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (str(tmp_path / "pipe"), "/dev/zero"):
        with pytest.raises(DataError, match="pipe or a device"):
            locate((path,))


def test_links_that_lead_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(DataError, match="a cannot be read") as caught:
        locate((str(tmp_path / "a"),))
    assert "symbolic links" in caught.value.why


def test_a_link_that_leads_nowhere_says_where(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("gone.txt")
    with pytest.raises(DataError, match="leads nowhere") as caught:
        locate((str(tmp_path / "a"),))
    assert caught.value.why == f"There is no {tmp_path / 'gone.txt'}."


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    put(tmp_path, {"1.txt": b"1"})
    (tmp_path / "again").symlink_to(".")
    assert names(locate((str(tmp_path),))) == ["1"]


def test_what_may_not_be_read_says_how_to_allow_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: object, **_: object) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    path = str(put(tmp_path, {"1.txt": b"1"}) / "1.txt")
    (source,) = locate((path,)).sources
    with monkeypatch.context() as patch:  # root may read everything
        patch.setattr(Path, "read_bytes", refuse)
        with pytest.raises(DataError, match=r"1\.txt cannot be read") as caught:
            read(source, tmp_path)
    assert (caught.value.why, caught.value.next_step) == (
        "No permission.",
        f"Allow it: chmod u+r '{path}'",
    )
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", refuse)
        with pytest.raises(DataError, match="cannot be read"):
            locate((path,))


def test_a_text_too_large_for_memory_is_refused_before_it_is_read(tmp_path: Path) -> None:
    half = sources.LARGEST // 2 + 1
    for name, size in (("huge", sources.LARGEST + 1), ("half", half), ("other", half)):
        with (tmp_path / f"{name}.txt").open("wb") as file:
            file.truncate(size)  # takes no room
    with pytest.raises(DataError, match="1,073,741,825 bytes are too many"):
        locate((str(tmp_path / "huge.txt"),))
    with pytest.raises(DataError, match="and the others together"):
        locate((str(tmp_path / "half.txt"), str(tmp_path / "other.txt")))

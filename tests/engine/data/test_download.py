import hashlib
import http.client
import io
import socket
import urllib.error
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from disk_faults import file_size_limit, tree

from ttgpt.engine.data import download
from ttgpt.engine.data.download import Download, Readable, fetch
from ttgpt.engine.errors import DataError

TEXT = b"To be, or not to be.\n" * 2_000
PLAY = Download("play", "https://example.org/play", len(TEXT), hashlib.sha256(TEXT).hexdigest())


class Net:
    """Answers with bytes, or with an error, and counts how often it was asked."""

    def __init__(self, answer: bytes | Exception) -> None:
        self.answer = answer
        self.asked: list[tuple[str, float]] = []

    def __call__(self, url: str, timeout: float, start: int) -> AbstractContextManager[Readable]:
        self.asked.append((url, timeout))
        if isinstance(self.answer, Exception):
            raise self.answer
        return nullcontext(io.BytesIO(self.answer))


def test_a_text_is_fetched_once(tmp_path: Path) -> None:
    net = Net(TEXT)
    assert fetch(PLAY, tmp_path, net) == TEXT
    assert fetch(PLAY, tmp_path, net) == TEXT
    assert net.asked == [("https://example.org/play", download.QUIET_SECONDS)]
    assert tree(tmp_path) == {"downloads/play.txt": TEXT}


def test_a_file_put_there_by_hand_is_taken(tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    PLAY.path(tmp_path).write_bytes(TEXT)
    net = Net(OSError("no network"))
    assert fetch(PLAY, tmp_path, net) == TEXT
    assert net.asked == []


def test_a_damaged_file_is_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    PLAY.path(tmp_path).write_bytes(TEXT.replace(b"not", b"n0t", 1))
    assert fetch(PLAY, tmp_path, Net(TEXT)) == TEXT
    assert PLAY.path(tmp_path).read_bytes() == TEXT


@pytest.mark.parametrize(
    "answer",
    [
        urllib.error.URLError(socket.gaierror(-2, "Name or service not known")),
        TimeoutError("timed out"),
        ConnectionResetError("reset"),
        http.client.IncompleteRead(b"", 5),
        TEXT[:-1],
        TEXT + b"x",
        TEXT.replace(b"not", b"n0t", 1),
        b"",
        b"<html>log in to this hotel</html>",
    ],
    ids=[
        *("no name", "time", "reset", "cut", "short", "long", "changed", "empty"),
        "a page instead",
    ],
)
def test_whatever_goes_wrong_says_where_to_put_the_file(
    answer: bytes | Exception, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as caught:
        fetch(PLAY, tmp_path, Net(answer))
    assert caught.value.what == "play could not be fetched."
    assert caught.value.why
    assert "Errno" not in caught.value.why
    assert str(tmp_path / "downloads" / "play.txt") in caught.value.next_step
    assert PLAY.url in caught.value.next_step
    assert not PLAY.path(tmp_path).exists()


class Resuming:
    """Answers from the byte that is asked for, or from the first where it cannot; may break off."""

    def __init__(self, *, can_resume: bool = True, breaks_after: int | None = None) -> None:
        self.status = 206 if can_resume else 200
        self.breaks_after = breaks_after
        self.starts: list[int] = []

    def __call__(self, url: str, timeout: float, start: int) -> AbstractContextManager[Readable]:
        self.starts.append(start)
        self._content = io.BytesIO(TEXT[start if self.status == 206 else 0 :])
        return nullcontext(self)

    def read(self, amount: int, /) -> bytes:
        if self.breaks_after is None:
            return self._content.read(amount)
        if self._content.tell() >= self.breaks_after:
            raise ConnectionResetError("reset")
        return self._content.read(min(amount, self.breaks_after))


def broken_off(home: Path) -> None:
    with pytest.raises(DataError, match="10,000 bytes are kept"):
        fetch(PLAY, home, Resuming(breaks_after=10_000))
    assert PLAY.part(home).read_bytes() == TEXT[:10_000]


@pytest.mark.parametrize("can_resume", [True, False])
def test_a_broken_fetch_goes_on_where_it_broke(can_resume: bool, tmp_path: Path) -> None:
    broken_off(tmp_path)
    said: list[tuple[int, int]] = []
    net = Resuming(can_resume=can_resume)
    told = fetch(PLAY, tmp_path, net, lambda what, done, total: said.append((done, total)))
    assert (told, net.starts) == (TEXT, [10_000])
    assert said[-1] == (len(TEXT), len(TEXT))
    assert tree(tmp_path) == {"downloads/play.txt": TEXT}


@pytest.mark.parametrize(
    "kept", [TEXT, TEXT + b"x", b"x" * len(TEXT)], ids=["whole", "longer", "other"]
)
def test_a_kept_part_as_long_as_the_text_is_not_gone_on_with(kept: bytes, tmp_path: Path) -> None:
    PLAY.part(tmp_path).parent.mkdir()
    PLAY.part(tmp_path).write_bytes(kept)
    net = Resuming()
    assert fetch(PLAY, tmp_path, net) == TEXT
    assert net.starts == ([] if kept == TEXT else [0])
    assert tree(tmp_path) == {"downloads/play.txt": TEXT}


def test_a_kept_part_of_another_text_is_fetched_anew(tmp_path: Path) -> None:
    broken_off(tmp_path)
    PLAY.part(tmp_path).write_bytes(b"x" * 10_000)
    net = Resuming()
    assert fetch(PLAY, tmp_path, net) == TEXT
    assert net.starts == [10_000, 0]


def test_a_stream_without_end_is_cut(tmp_path: Path) -> None:
    class Endless:
        given = 0

        def read(self, amount: int, /) -> bytes:
            self.given += amount
            return b"x" * amount

    endless = Endless()
    with pytest.raises(DataError, match="more bytes came"):
        fetch(PLAY, tmp_path, lambda *_: nullcontext(endless))
    assert endless.given == len(TEXT) + 1


def test_a_stream_that_drips_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "TOTAL_SECONDS", -1.0)
    with pytest.raises(DataError, match="not done after"):
        fetch(PLAY, tmp_path, Net(TEXT))


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with file_size_limit(1_000), pytest.raises(DataError, match="The disk is full"):
        fetch(PLAY, tmp_path, Net(TEXT))
    assert tree(tmp_path) == {}


def test_what_came_is_kept_when_nobody_listens_any_more(tmp_path: Path) -> None:
    def say(what: str, done: int, total: int) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        fetch(PLAY, tmp_path, Net(TEXT), say)
    assert PLAY.part(tmp_path).read_bytes() == TEXT
    assert fetch(PLAY, tmp_path, Net(b"")) == TEXT

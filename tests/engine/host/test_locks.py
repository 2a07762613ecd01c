import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ttgpt.engine.host import processes
from ttgpt.engine.host.locks import Lock, LockHeldError, read_owner

HOLD = """
import subprocess, sys
from pathlib import Path
from ttgpt.engine.host.locks import Lock
lock = Lock(Path(sys.argv[1]))
lock.acquire("run a")
if sys.argv[2:]:
    child = subprocess.Popen(["sleep", "600"])
    print(child.pid, flush=True)
else:
    print("held", flush=True)
sys.stdin.read()
lock.release()
"""
Holder = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.lock"


@pytest.fixture
def hold(path: Path) -> Iterator[Holder]:
    """Start a process that holds the lock; its first line says so."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


def content(path: Path, pid: int, started: str) -> None:
    path.write_text(json.dumps({"pid": pid, "started": started, "what": "run a"}))


def no_kernel_lock(fd: int, how: int) -> None:
    raise OSError(errno.ENOLCK, "No locks available")


def test_a_lock_names_its_owner_and_is_given_back(path: Path) -> None:
    lock = Lock(path)
    lock.acquire("run a")
    owner = read_owner(path)
    assert owner is not None
    assert (owner.pid, owner.what, owner.alive) == (os.getpid(), "run a", True)
    assert path.stat().st_mode & 0o777 == 0o600
    lock.release()
    assert read_owner(path) is None
    lock.release()
    Lock(path).acquire("run b")


def test_the_folder_of_a_lock_is_made(tmp_path: Path) -> None:
    Lock(tmp_path / "a" / "b" / "run.lock").acquire("run a")


def test_a_second_process_is_refused_until_the_first_gives_back(path: Path, hold: Holder) -> None:
    first = hold()
    assert said(first) == "held"
    with pytest.raises(LockHeldError) as caught:
        Lock(path).acquire("run b")
    assert caught.value.owner is not None
    assert (caught.value.owner.pid, caught.value.owner.what) == (first.pid, "run a")
    assert read_owner(path) == caught.value.owner
    first.communicate(b"")
    assert first.returncode == 0
    Lock(path).acquire("run b")
    owner = read_owner(path)
    assert owner is not None
    assert owner.what == "run b"


def test_one_of_many_processes_gets_it(path: Path, hold: Holder) -> None:
    racers = [hold() for _ in range(3)]
    lines = [said(racer) for racer in racers]
    assert sorted(lines) == ["", "", "held"]


def test_two_owners_in_one_process_are_refused_too(path: Path) -> None:
    Lock(path).acquire("run a")
    with pytest.raises(LockHeldError):
        Lock(path).acquire("run b")


def test_a_killed_owner_loses_the_lock_at_once(path: Path, hold: Holder) -> None:
    first = hold()
    assert said(first) == "held"
    first.kill()
    os.waitid(os.P_PID, first.pid, os.WEXITED | os.WNOWAIT)  # dead, but nobody has looked yet
    assert read_owner(path) is None
    Lock(path).acquire("run b")


def test_a_child_of_a_killed_owner_does_not_keep_the_lock(path: Path, hold: Holder) -> None:
    first = hold("with a child")
    child = int(said(first))
    try:
        first.kill()
        first.wait()
        Lock(path).acquire("run b")
    finally:
        os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("carries", [True, False], ids=["kernel lock", "content alone"])
def test_a_recycled_pid_is_not_taken_for_the_owner(
    path: Path, monkeypatch: pytest.MonkeyPatch, carries: bool
) -> None:
    """The pid lives, but it is another process: this one's parent never held the lock."""
    if not carries:
        monkeypatch.setattr(fcntl, "flock", no_kernel_lock)
    content(path, os.getppid(), "another time")
    assert read_owner(path) is None
    Lock(path).acquire("run b")


def test_where_the_kernel_has_no_locks_the_content_decides(
    path: Path, hold: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", no_kernel_lock)
    first = hold()
    assert said(first) == "held"
    with pytest.raises(LockHeldError) as caught:
        Lock(path).acquire("run b")
    assert caught.value.owner is not None
    assert caught.value.owner.pid == first.pid
    first.kill()
    first.wait()
    Lock(path).acquire("run b")


def test_a_refused_lock_keeps_its_content_and_no_file_open(path: Path, hold: Holder) -> None:
    assert said(hold()) == "held"
    before, open_files = path.read_bytes(), len(os.listdir("/dev/fd"))
    with pytest.raises(LockHeldError):
        Lock(path).acquire("a longer name than the first one's")
    assert path.read_bytes() == before
    assert len(os.listdir("/dev/fd")) == open_files


def test_a_shorter_owner_replaces_all_of_a_longer_one(path: Path) -> None:
    content(path, 2**22 + 1, "x" * 500)
    Lock(path).acquire("a")
    assert json.loads(path.read_text()) == {
        "pid": os.getpid(),
        "started": processes.own_start_time(),
        "what": "a",
    }


@pytest.mark.parametrize(
    "junk",
    [b"", b"{", b"{}", b"[]", b"null", b"\xff\0", b'{"pid":1}']
    + [b'{"pid":%b,"started":"","what":""}' % pid for pid in (b"1e999", b"null", b"-1", b'"x"')],
)
def test_a_damaged_file_names_nobody_and_can_be_taken(path: Path, junk: bytes) -> None:
    path.write_bytes(junk)
    assert read_owner(path) is None
    Lock(path).acquire("run a")
    assert read_owner(path) is not None


def test_a_missing_file_names_nobody(path: Path) -> None:
    assert read_owner(path) is None
    assert not path.exists()

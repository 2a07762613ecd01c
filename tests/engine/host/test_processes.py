import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ttgpt.engine.host import processes
from ttgpt.engine.host.processes import is_alive, is_suspended, own_start_time, start_time

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="needs Linux's /proc to make up a process"
)


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until it is told otherwise."""
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    ) as process:
        yield process
        process.kill()


def test_this_process_is_alive() -> None:
    assert own_start_time()
    assert start_time(os.getpid()) == own_start_time()
    assert is_alive(os.getpid(), own_start_time())


def test_a_suspended_process_is_told_apart(child: subprocess.Popen[bytes]) -> None:
    assert not is_suspended(child.pid)
    os.kill(child.pid, signal.SIGSTOP)
    os.waitpid(child.pid, os.WUNTRACED)
    assert is_suspended(child.pid)


def test_a_start_time_stays_and_tells_processes_apart(child: subprocess.Popen[bytes]) -> None:
    started = start_time(child.pid)
    assert started is not None
    assert start_time(child.pid) == started
    assert started != own_start_time()
    assert not is_alive(child.pid, own_start_time())


def test_a_killed_process_is_dead_before_and_after_its_parent_looks(
    child: subprocess.Popen[bytes],
) -> None:
    started = start_time(child.pid)
    assert started is not None
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now, and stays one
    assert start_time(child.pid) is None
    assert not is_alive(child.pid, started)
    child.wait()
    assert not is_alive(child.pid, started)


@pytest.mark.parametrize("pid", [2**22 + 1, 2**31 - 1])
def test_a_pid_that_nobody_has_is_dead(pid: int) -> None:
    assert start_time(pid) is None
    assert not is_alive(pid, "")


@needs_proc
@pytest.mark.parametrize("name", ["worker", "a b", "x) R 1 (y", ")", "Zoë"])
def test_no_name_of_a_process_confuses(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    after = ["S", *map(str, range(4, 22)), "7777", *map(str, range(23, 53))]
    stat = f"42 ({name}) {' '.join(after)}\n"
    monkeypatch.setattr(
        Path,
        "read_text",
        lambda path, **how: stat if path.name == "stat" else "0123456789abcdef\n",
    )
    assert start_time(42) == "01234567:7777"


def test_without_proc_ps_is_asked(
    child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"stdout": "Ss   Sat Nov 21 07:12:33 2026\n"}
    asked: list[list[str]] = []

    def run(command: list[str], **how: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, **said)

    monkeypatch.setattr(processes.subprocess, "run", run)
    monkeypatch.setattr(Path, "exists", lambda path: False)
    assert start_time(child.pid) == "Sat Nov 21 07:12:33 2026"
    assert asked == [["ps", "-o", "stat=,lstart=", "-p", str(child.pid)]]
    said["stdout"] = "Z+   Sat Nov 21 07:12:33 2026\n"
    assert start_time(child.pid) is None
    said["stdout"] = ""
    assert start_time(child.pid) is None

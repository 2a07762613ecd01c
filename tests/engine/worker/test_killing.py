"""A worker that no longer answers is ended, by asking first."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from written_run import WrittenRun

from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.worker.killing import kill_worker

_HOLDER = """
import signal, sys
from pathlib import Path
from ttgpt.engine.host.locks import Lock
if sys.argv[2] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
Lock(Path(sys.argv[1])).acquire("a test")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(run: RunFolder, how: str) -> Iterator[subprocess.Popen[str]]:
    """Have a process hold a run's lock."""
    command = [sys.executable, "-c", _HOLDER, str(run.lock), how]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_it_is_asked_first(home: Path) -> None:
    run = WrittenRun(home, live=False)
    with held(run.folder, "hears") as process:
        owner = kill_worker(run.folder)
        assert owner is not None
        assert owner.pid == process.pid
        assert process.wait() == -15
    run.close()


def test_it_is_killed_where_it_does_not_hear(home: Path) -> None:
    run = WrittenRun(home, live=False)
    with held(run.folder, "deaf") as process:
        assert kill_worker(run.folder, patience=0.1) is not None
        assert process.wait() == -9
    run.close()


def test_nobody_is_nobody(home: Path) -> None:
    run = WrittenRun(home, live=False)
    assert kill_worker(run.folder) is None
    run.close()

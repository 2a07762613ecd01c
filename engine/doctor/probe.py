"""Ask a child process what may hang, crash or flood, and keep all of that in the child.

The child has its own session, no stdin, one pipe for everything it prints, and a time limit. It
answers with one marked line; what else comes out is noise, of which the end is kept as evidence.
However it ends, its whole process group is killed, and what it started in sessions of their own.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..host.lifeline import Lifeline

CHILD = str(Path(__file__).with_name("child.py"))
MARK = "@@PROBE"
NONCE = "TTGPT_PROBE"
"""Variable with a word that only this child knows: no other program's line passes for an answer."""
KIN = "TTGPT_PROBE_KIN"
"""Variable with a word that all who descend from this child inherit, whatever session they open."""

KEPT = 4000
"""Bytes of noise that are kept, from its end."""
FLOOD = 64 * 2**20
"""Bytes after which a child is taken to print for ever."""
_LONGEST_LINE = 2**20
_GRACE = 1.0
"""Seconds that a child that has answered gets to end by itself."""
_TICK = 0.05

End = Literal["answered", "ended", "late", "flooded", "dropped", "missing"]


@dataclass(frozen=True)
class Outcome:
    """How a child ended and what it said."""

    end: End
    answer: dict[str, Any] = field(default_factory=dict)
    printed: str = ""
    """The end of what it printed beside the answer."""
    status: int = 0
    """Exit status; a negative one is the signal that ended it."""
    seconds: float = 0.0

    @property
    def trouble(self) -> str:
        """Why there is no answer, in a few words; nothing when there is one."""
        if self.end == "answered":
            return ""
        if self.end == "ended" and self.status < 0:
            return f"crashed ({_signal_name(-self.status)})"
        return {
            "ended": f"ended with status {self.status}",
            "late": f"no answer within {self.seconds:.0f} s",
            "flooded": "prints without end",
            "dropped": "was not waited for",
            "missing": "cannot be started",
        }[self.end]


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    *,
    limit: float,
    dropped: Callable[[], bool] = lambda: False,
    may_outlive: bool = False,
) -> Outcome:
    """Run a program as a contained child.

    Args:
        command: The program and its arguments.
        environment: All of its environment.
        folder: Where it starts; it may write there.
        limit: Seconds until it is killed.
        dropped: Asked often; once it is true the child is killed.
        may_outlive: Let it go on where this process ends before it: to cut it short does harm.
    """
    nonce, kin, begun = secrets.token_hex(8), secrets.token_hex(8), time.monotonic()
    printed = _Printed(f"{MARK} {nonce} ".encode())
    with contextlib.closing(Lifeline()) as line:
        try:
            child = subprocess.Popen(
                command,
                cwd=folder,
                env={**environment, NONCE: nonce, KIN: kin},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[line.child_end],
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return Outcome("missing", printed=f"{getattr(error, 'strerror', None) or error}.")
        with child:
            try:
                if not may_outlive:
                    line.tie(child)
                end = _follow(child, printed, begun + limit, dropped)
            finally:
                with contextlib.suppress(OSError):
                    os.killpg(child.pid, signal.SIGKILL)
                _end_all(f"{KIN}={kin}".encode())
    seconds = time.monotonic() - begun
    if printed.answer is not None:
        end = "answered"
    return Outcome(end, printed.answer or {}, printed.noise(), child.returncode, seconds)


def _end_all(variable: bytes) -> None:
    """Kill the processes that were started with a variable."""
    with contextlib.suppress(OSError):
        for name in filter(str.isdecimal, os.listdir("/proc")):
            with contextlib.suppress(OSError):  # it has ended, or is somebody else's
                if variable in Path(f"/proc/{name}/environ").read_bytes().split(b"\0"):
                    os.kill(int(name), signal.SIGKILL)


def _follow(
    child: subprocess.Popen[bytes],
    printed: _Printed,
    deadline: float,
    dropped: Callable[[], bool],
) -> End:
    """Read until the child has ended or must be; a grandchild may keep the pipe open for longer."""
    assert child.stdout is not None
    fd = child.stdout.fileno()
    os.set_blocking(fd, False)
    with selectors.DefaultSelector() as selector:
        selector.register(fd, selectors.EVENT_READ)
        while True:
            if printed.is_closed:  # the child runs on without it
                time.sleep(_TICK)
            elif selector.select(_TICK):
                printed.read(fd)
            if child.poll() is not None:
                while printed.total < FLOOD and printed.read(fd):
                    pass
                return "ended"
            if printed.answer is not None:
                deadline = min(deadline, time.monotonic() + _GRACE)
            if printed.total >= FLOOD:
                return "flooded"
            if dropped():
                return "dropped"
            if time.monotonic() > deadline:
                return "late"


class _Printed:
    """What a child prints: the marked line taken out, of the rest the end kept."""

    def __init__(self, mark: bytes) -> None:
        self.answer: dict[str, Any] | None = None
        self.total = 0
        self.is_closed = False
        self._mark = mark
        self._line = b""
        self._tail = b""

    def read(self, fd: int) -> bool:
        """Read a piece of what is there; say whether there was any."""
        try:
            chunk = os.read(fd, 1 << 16)
        except BlockingIOError:
            return False
        self.total += len(chunk)
        self.is_closed = not chunk
        *lines, self._line = (self._line + chunk)[-_LONGEST_LINE:].split(b"\n")
        for line in lines:
            self._take(line)
        return bool(chunk)

    def noise(self) -> str:
        """Give the end of what was not the answer."""
        return (self._tail + self._line)[-KEPT:].decode("utf-8", "replace").strip()

    def _take(self, line: bytes) -> None:
        if line.startswith(self._mark):
            with contextlib.suppress(ValueError):
                said = json.loads(line[len(self._mark) :])
                if isinstance(said, dict):
                    self.answer = said
                    return
        self._tail = (self._tail + line + b"\n")[-KEPT:]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

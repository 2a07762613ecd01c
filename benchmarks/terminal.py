"""The app in a pseudo-terminal, as a person has it: what it writes, and what it costs."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.memory import peak_bytes

PROGRAM = str(Path(sys.executable).with_name("ttgpt-tui"))
"""The program as it is installed beside this Python."""
TICKS = os.sysconf("SC_CLK_TCK")


def plain_environment() -> dict[str, str]:
    """Give the environment as on a person's machine: no link, and compiled modules are kept."""
    left_out = ("SSH", "PYTHONDONTWRITEBYTECODE")
    return {
        name: value
        for name, value in os.environ.items()
        if not any(part in name for part in left_out)
    }


class Terminal:
    """A program on a terminal of its own; reads all that it writes."""

    def __init__(
        self, arguments: Sequence[str], home: Path, *, remote: bool, size: tuple[int, int]
    ) -> None:
        self._master, slave = pty.openpty()
        columns, rows = size
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = plain_environment()
        environment |= {"TTGPT_HOME": str(home), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        if remote:
            environment["SSH_CONNECTION"] = "192.0.2.1 50000 192.0.2.2 22"
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [PROGRAM, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.written = b""
        """All that the program has written."""

    def read(self, seconds: float, until: bytes | None = None) -> int:
        """Read for a while, or until something was written; give how many bytes came."""
        before, deadline = len(self.written), time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._master], [], [], left)[0]:
                with contextlib.suppress(OSError):
                    self.written += os.read(self._master, 65_536)
            if until is not None and until in self.written[max(0, before - 64) :]:
                break
        return len(self.written) - before

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    @property
    def cpu_seconds(self) -> float:
        """Processor time that the program has taken."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def memory(self) -> int:
        """Its memory in bytes (resident set), at its highest."""
        return peak_bytes(self.process.pid)

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._master)


@contextlib.contextmanager
def app(
    *arguments: str, home: Path, remote: bool = True, size: tuple[int, int] = (80, 24)
) -> Iterator[Terminal]:
    """Run the app for a while."""
    terminal = Terminal(arguments, home, remote=remote, size=size)
    try:
        yield terminal
    finally:
        terminal.close()


def spread(values: Iterable[float], unit: str, digits: int = 2) -> str:
    """Write the median of some values and between which they lie."""
    found = sorted(values)
    middle = statistics.median(found)
    return (
        f"{middle:.{digits}f} {unit}  ({found[0]:.{digits}f} to {found[-1]:.{digits}f}, "
        f"{len(found)} times)"
    )

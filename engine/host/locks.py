"""One owner for each run and each device.

The kernel's file lock decides, and falls away with its process however that ends. The file's
content names the owner for people, and decides where a network file system does not carry the
kernel's lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from ..disk import reading
from ..disk.reading import DamagedFileError
from . import processes


@dataclass(frozen=True)
class Owner:
    """The process that holds a lock."""

    pid: int
    started: str
    what: str
    """What it does, in words, such as a run's name."""

    @staticmethod
    def of(pid: int, what: str) -> Owner:
        """Name a process of this machine."""
        return Owner(pid, processes.start_time(pid) or "", what)

    @property
    def alive(self) -> bool:
        """Whether it is still that process."""
        return processes.is_alive(self.pid, self.started)


class LockHeldError(Exception):
    """Another process holds the lock."""

    def __init__(self, owner: Owner | None) -> None:
        super().__init__(f"held by {owner}")
        self.owner = owner


class Lock:
    """A lock file, held from `acquire` to `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def acquire(self, what: str) -> None:
        """Take the lock.

        Raises:
            LockHeldError: A living process has it.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take(fd, what)
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd

    def release(self) -> None:
        """Give the lock back; the file stays, empty."""
        if self._fd is not None:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None

    def _take(self, fd: int, what: str) -> None:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockHeldError(read_owner(self.path)) from None
        except OSError:
            pass  # a file system without locks: the content alone decides
        owner = read_owner(self.path)
        if owner is not None and owner.pid != os.getpid():
            raise LockHeldError(owner)
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps(asdict(Owner.of(os.getpid(), what))).encode(), 0)


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is in here; where files cannot be locked, wait for nobody.

    Raises:
        OSError: The lock file cannot be made.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def read_owner(path: Path) -> Owner | None:
    """Name the living process that holds a lock, or None."""
    owner = read_named(path)
    return owner if owner is not None and owner.alive else None


def read_named(path: Path) -> Owner | None:
    """Give the process that a lock file names, living or not; None where it names none."""
    try:
        fields = reading.read_object(path)
        return Owner(int(fields["pid"]), str(fields["started"]), str(fields["what"]))
    except (DamagedFileError, ValueError, KeyError, TypeError, OverflowError):
        return None

"""The one object that every check looks through: this machine, or one built in a folder for a test.

Paths such as `/sys/class/tenstorrent` are the host's own and are read below `root`. Paths that a
child process will be given, an interpreter's and the home folder's, are this machine's.
"""

from __future__ import annotations

import glob
import os
import platform
import resource
import shlex
import shutil
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..disk.reading import open_plain
from ..worker_settings import BackendChoice, WorkerSettings

_MOST_READ = 1 << 22
"""Bytes: /proc/cpuinfo of 384 processors has 600,000."""


def matching(folder: str | Path, pattern: str) -> list[Path]:
    """List what is below a folder by a shell pattern, sorted; what cannot be read is left out."""
    # Not Path.glob: it raises where a folder above is closed to us.
    return sorted(Path(found) for found in glob.glob(f"{glob.escape(str(folder))}/{pattern}"))


def read_plain(path: Path) -> bytes | None:
    """Give the first bytes of a plain file, or None; what the kernel shows are plain files too."""
    try:
        with open_plain(path) as file:
            return file.read(_MOST_READ)
    except (OSError, ValueError):
        return None


def _is_device(path: Path) -> bool:
    try:
        return stat.S_ISCHR(path.stat().st_mode)
    except OSError:  # a link that leads nowhere
        return False


def _may_open(path: Path) -> bool:
    return os.access(path, os.R_OK | os.W_OK)


def _free_space(path: Path) -> int:
    return shutil.disk_usage(path).free


@dataclass(frozen=True, kw_only=True)
class Host:
    """A machine, a person on it, and what they set."""

    root: Path = Path("/")
    home: Path
    """The home folder of runs and data."""
    user_home: Path
    environ: Mapping[str, str]
    worker: WorkerSettings = field(default_factory=WorkerSettings)
    backend: BackendChoice = "auto"
    python: str = field(default_factory=lambda: sys.executable)
    """The interpreter of this program."""
    uid: int = 0
    user: str = ""
    system: str = "Linux"
    release: str = ""
    """The running kernel's, as `uname -r` gives it."""
    machine: str = "x86_64"
    memlock: int = -1
    """Bytes that this process may lock in memory; -1 is no limit."""
    terminal: tuple[int, int] | None = None
    """Columns and lines; None where there is no terminal."""
    is_device: Callable[[Path], bool] = _is_device
    may_open: Callable[[Path], bool] = _may_open
    free_space: Callable[[Path], int] = _free_space

    @classmethod
    def here(
        cls, home: Path, worker: WorkerSettings | None = None, backend: BackendChoice = "auto"
    ) -> Host:
        """Give this machine, as the current process sees it."""
        uname = platform.uname()
        user_home = Path(os.path.expanduser("~"))
        return cls(
            home=home,
            user_home=user_home,
            environ=dict(os.environ),
            worker=worker or WorkerSettings(),
            backend=backend,
            uid=os.getuid(),
            user=os.environ.get("USER") or os.environ.get("LOGNAME") or "",
            system=uname.system,
            release=uname.release,
            machine=uname.machine,
            memlock=_memlock(),
            terminal=_terminal(),
        )

    def path(self, absolute: str | Path) -> Path:
        """Give where one of the host's own absolute paths is found."""
        return self.root / str(absolute).lstrip("/")

    def read(self, absolute: str | Path) -> str | None:
        """Give the stripped text of a small file, or None where it cannot be had."""
        raw = self.read_bytes(absolute)
        return None if raw is None else raw.decode("utf-8", "replace").strip("\n\0 \t")

    def read_bytes(self, absolute: str | Path) -> bytes | None:
        """Give the first bytes of a file, or None where they cannot be had; a pipe has none."""
        return read_plain(self.path(absolute))

    def read_number(self, absolute: str | Path) -> int | None:
        """Give a file's whole number, or None."""
        text = self.read(absolute)
        try:
            return None if text is None else int(text.split()[0], 0)
        except (ValueError, IndexError):
            return None

    def entries(self, absolute: str | Path) -> list[str]:
        """List a folder's names, sorted; a folder that cannot be read has none."""
        try:
            return sorted(os.listdir(self.path(absolute)))
        except OSError:
            return []

    def is_there(self, absolute: str | Path) -> bool:
        """Say whether something is at a path; a link that leads nowhere counts."""
        return os.path.lexists(self.path(absolute))

    def link_end(self, absolute: str | Path) -> str:
        """Give the last part of what a link points to, or nothing."""
        try:
            return os.path.basename(os.readlink(self.path(absolute)))
        except OSError:
            return ""

    def which(self, program: str) -> str | None:
        """Find a program on the search path."""
        return shutil.which(program, path=self.environ.get("PATH", os.defpath))

    def short(self, path: str | Path) -> str:
        """Write a path with ~ for the person's home."""
        text, home = str(path), str(self.user_home)
        is_below = home != "/" and (text == home or text.startswith(home + "/"))
        return "~" + text[len(home) :] if is_below else text

    def typed(self, path: str | Path) -> str:
        """Write a path as a person would type it in a shell, quoted where it must be."""
        short = self.short(path)
        tilde, rest = ("~/", short[2:]) if short.startswith("~/") else ("", short)
        return tilde + shlex.quote(rest)


def _memlock() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    return -1 if soft == resource.RLIM_INFINITY else soft


def _terminal() -> tuple[int, int] | None:
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        try:
            if stream is not None and stream.isatty():
                size = os.get_terminal_size(stream.fileno())
                return size.columns, size.lines
        except (OSError, ValueError):
            continue
    return None

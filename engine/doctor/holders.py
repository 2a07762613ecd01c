"""Which processes have a card open: its driver's list, or else the open files of all processes."""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .host import Host
from .visible import visible

PIDS = "/proc/driver/tenstorrent/{index}/pids"
"""The driver's own list, from tt-kmd 2.5.0 on."""

_COMMAND_LIMIT = 200


@dataclass(frozen=True)
class Holder:
    """A process that has a card open."""

    pid: int
    user: str
    command: str
    """The command line, shortened; empty where the process is not to be seen from here."""

    def __str__(self) -> str:
        return f"pid {self.pid} of {self.user or '?'}: {self.command or '(not visible)'}"


def holders(host: Host, indices: Iterable[int]) -> dict[int, list[Holder]]:
    """Name the processes that have each of some devices open."""
    listed = {index: host.read(PIDS.format(index=index)) for index in indices}
    unlisted = {index for index, text in listed.items() if text is None}
    seen = _pids_by_files(host, unlisted) if unlisted else {}
    pids = {i: seen.get(i, set()) if text is None else _pids_in(text) for i, text in listed.items()}
    return {i: [describe(host, pid) for pid in sorted(some)] for i, some in pids.items()}


def describe(host: Host, pid: int) -> Holder:
    """Say who a process belongs to and what it runs."""
    command = host.read(f"/proc/{pid}/cmdline") or ""
    words = visible(command.replace("\0", " ").replace("\n", " ")).strip()
    return Holder(pid, _user(host, pid), words[:_COMMAND_LIMIT])


def is_running(host: Host, pid: int) -> bool:
    """Say whether there is a process with this number that is no zombie."""
    stat = host.read(f"/proc/{pid}/stat")
    return stat is not None and stat.rpartition(")")[2].split()[:1] not in (["Z"], ["X"])


def processes(host: Host) -> list[int]:
    """List the numbers of all processes."""
    return [int(name) for name in host.entries("/proc") if name.isdecimal()]


def running(host: Host, *programs: str) -> Iterator[Holder]:
    """Find the processes that run one of some programs, by itself or as a script of Python."""
    for pid in processes(host):
        first, *others = (host.read(f"/proc/{pid}/cmdline") or "").split("\0")
        if Path(first).name.startswith("python"):
            first = next((word for word in others if not word.startswith("-")), "")
        if Path(first).name in programs:
            yield describe(host, pid)


def _pids_in(listed: str) -> set[int]:
    return {int(word) for word in listed.split() if word.isdecimal()}


def _pids_by_files(host: Host, indices: set[int]) -> dict[int, set[int]]:
    # Of other people's processes only root sees the open files.
    nodes = {f"/dev/tenstorrent/{index}": index for index in indices}
    found: dict[int, set[int]] = {}
    for pid in processes(host):
        for fd in host.entries(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                index = nodes.get(os.readlink(host.path(f"/proc/{pid}/fd/{fd}")))
                if index is not None:
                    found.setdefault(index, set()).add(pid)
    return found


def _user(host: Host, pid: int) -> str:
    status = host.read(f"/proc/{pid}/status") or ""
    uid = next((line.split()[1] for line in status.splitlines() if line.startswith("Uid:")), "")
    for line in (host.read("/etc/passwd") or "").splitlines():
        name, _, rest = line.partition(":")
        if uid and rest.split(":")[1:2] == [uid]:
            return name
    with contextlib.suppress(KeyError, ValueError):  # known to a directory service, not the file
        return pwd.getpwuid(int(uid)).pw_name if host.root.parent == host.root else uid
    return uid

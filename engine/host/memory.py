"""How much memory a new process could take on this host."""

from __future__ import annotations

from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


def available_bytes(meminfo: Path = _MEMINFO, group: Path = _GROUP) -> int | None:
    """Give the bytes that are free or can be freed, within this container's limit; None if unknown.

    The kernel's own estimate (`MemAvailable`), and what control groups (version 2) leave.
    """
    found = [
        value for value in (_free_on_host(meminfo), _left_in_group(group)) if value is not None
    ]
    return min(found, default=None)


def _free_on_host(meminfo: Path) -> int | None:
    try:
        for line in meminfo.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _left_in_group(group: Path) -> int | None:
    try:
        most = int((group / "memory.max").read_text("ascii"))
        return max(0, most - int((group / "memory.current").read_text("ascii")))
    except (OSError, ValueError):  # no such group, or its limit is the word `max`
        return None

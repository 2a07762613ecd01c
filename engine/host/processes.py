"""Tell whether a process is the one that was meant: pids are reused, start times are not."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PROC = Path("/proc")


def start_time(pid: int, proc: Path = PROC) -> str | None:
    """Give a process's start time as an opaque text, or None when it is gone or a zombie."""
    if proc != PROC or (proc / "self/stat").exists():
        return _from_proc(pid, proc)
    return _from_ps(pid)


def is_alive(pid: int, started: str) -> bool:
    """Say whether the process with this pid is still the one that started then."""
    return start_time(pid) == started


def is_suspended(pid: int) -> bool:
    """Say whether a process was stopped by a signal, and does nothing until SIGCONT."""
    return _state(pid)[:1] in ("T", "t")


def own_start_time() -> str:
    """Give this process's start time."""
    return start_time(os.getpid()) or ""


def _from_proc(pid: int, proc: Path) -> str | None:
    fields = _stat(pid, proc)
    # By proc(5) field 3 is the state; field 22 is the start in ticks since boot.
    return None if not fields or fields[0] in "ZX" else f"{boot_id(proc)}:{fields[19]}"


def _stat(pid: int, proc: Path = PROC) -> list[str]:
    """Give the fields from the third on; none of a process that is gone."""
    try:
        stat = (proc / f"{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    # The command's name may hold spaces and parentheses; what follows the last one may not.
    return stat.rpartition(")")[2].split()


def _state(pid: int) -> str:
    if (PROC / "self/stat").exists():
        return "".join(_stat(pid)[:1])
    shown = ["ps", "-o", "stat=", "-p", str(pid)]
    return subprocess.run(shown, capture_output=True, text=True, check=False).stdout.strip()


def boot_id(proc: Path = PROC) -> str:
    """Give a word that is another one after each start of the machine, or nothing."""
    # Ticks count from boot: without it a pid from before a restart could match.
    try:
        return (proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
    except OSError:
        return ""


def _from_ps(pid: int) -> str | None:
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = shown.stdout.strip().partition(" ")
    return started.strip() if state and not state.startswith("Z") else None

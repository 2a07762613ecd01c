"""The memory of a process, as Linux counts it."""

from __future__ import annotations

import os
from pathlib import Path


def peak_bytes(process: int | str = "self") -> int:
    """Give the most memory that a process had at once (resident set), since its program began.

    Not `ru_maxrss` of `getrusage`: a child has that from its parent at first.

    Args:
        process: Its id.
    """
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def anonymous_bytes() -> int:
    """Give this process's memory that is not a mapped file."""
    fields = Path("/proc/self/statm").read_text().split()
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")

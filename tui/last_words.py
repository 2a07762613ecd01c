"""What a worker that is gone wrote last."""

from __future__ import annotations

from pathlib import Path

from ttgpt.engine.disk.reading import open_plain

from .format import visible

_MOST_BYTES = 4096
_LINES = 6


def log_size(log: Path) -> int:
    """Give the bytes of a worker's log; 0 where there is none."""
    try:
        return log.stat().st_size
    except OSError:
        return 0


def last_words(log: Path, since: int = 0) -> str:
    """Give the end of a worker's log, control characters made visible.

    Args:
        log: The log.
        since: Its size before the worker was started: what earlier ones wrote does not count.
    """
    try:
        with open_plain(log) as file:
            file.seek(max(since, log_size(log) - _MOST_BYTES))
            text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return visible("\n".join(lines[-_LINES:]))

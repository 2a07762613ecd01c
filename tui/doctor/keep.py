"""Put a command or the report into a file: a clipboard may or may not have taken it."""

from __future__ import annotations

import time
from pathlib import Path

from ttgpt.engine.disk import atomic
from ttgpt.engine.disk.folders import disk_error

FOLDER = "doctor"


def keep_command(home: Path, command: str) -> Path:
    """Write a command into the file of the last command, and give its path.

    Raises:
        DataError: The disk refused.
    """
    return _write(home / FOLDER / "command.txt", command)


def keep_report(home: Path, text: str) -> Path:
    """Write a report into a file of its own, and give its path.

    Raises:
        DataError: The disk refused.
    """
    return _write(home / FOLDER / f"report-{time.strftime('%Y-%m-%d-%H%M%S')}.txt", text)


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_text(path, text.rstrip("\n") + "\n")
    except OSError as error:
        raise disk_error(f"{path.name} cannot be saved.", error) from error
    return path

"""Keep a text that a model wrote as a file: a clipboard may or may not have taken it."""

from __future__ import annotations

import time
from pathlib import Path

from ttgpt.engine.disk import atomic
from ttgpt.engine.disk.folders import disk_error

from .format import visible

FOLDER = "texts"
_LONGEST_NAME = 60


def save_text(home: Path, name: str, text: str, origin: str) -> Path:
    """Write a text below the home folder.

    Control characters are made visible, so that printing the file cannot steer a terminal.

    Args:
        home: The home folder.
        name: What the file's name should hold, besides the time.
        text: The text.
        origin: A line at the end that says what wrote it, and with which values.

    Returns:
        Where it is.

    Raises:
        DataError: The disk refused.
    """
    return _save(home, name, ".txt", f"{visible(text)}\n\n-- \n{visible(origin)}\n")


def save_json(home: Path, name: str, document: str) -> Path:
    """Write a JSON document below the home folder; see `save_text`.

    Raises:
        DataError: The disk refused.
    """
    return _save(home, name, ".json", document + "\n")


def _save(home: Path, name: str, ending: str, content: str) -> Path:
    folder = home / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = _free(folder, f"{time.strftime('%Y-%m-%d-%H%M%S')}-{_safe(name)}", ending)
        atomic.write_text(path, content)
    except OSError as error:
        raise disk_error("The text cannot be saved.", error) from error
    return path


def shortened(path: Path) -> str:
    """Write a path with `~` for the user's own folder."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


def _free(folder: Path, stem: str, ending: str) -> Path:
    path, count = folder / f"{stem}{ending}", 1
    while path.exists():
        count += 1
        path = folder / f"{stem}-{count}{ending}"
    return path


def _safe(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
    return kept[:_LONGEST_NAME].strip("-.") or "text"

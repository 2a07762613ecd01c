"""Write files so that a reader, or a power cut, sees the old one or the new one, never half.

Write aside, sync, rename, sync the parent folder: the order is what makes the rename durable.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from .. import wire
from .reading import plain_descriptor


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_file(path: Path) -> None:
    """Make a file's content durable."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file's content in one step."""
    # Two threads of one process, as two processes, must not write into the same file aside.
    aside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_native_id()}.partial")
    try:
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def open_append(path: Path) -> int:
    """Open a plain file to append to, made where there is none, without waiting for a pipe.

    Returns:
        Its descriptor, for reading too.

    Raises:
        OSError: It cannot be opened, or is no plain file.
    """
    return plain_descriptor(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)


def write_text(path: Path, text: str) -> None:
    """Replace a text file's content in one step, as UTF-8; half a character becomes ?."""
    write_bytes(path, text.encode("utf-8", "replace"))


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file's content in one step."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_bytes(path, wire.utf8(text) + b"\n")

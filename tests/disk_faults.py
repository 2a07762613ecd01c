"""Make the disk fail, or look at it at every moment at which the power could go."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file may grow beyond this: the nearest thing to a full disk that needs no privilege."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def failing_sync(nth: int, number: int = errno.ENOSPC) -> Iterator[list[int]]:
    """Let the nth `fsync` fail; the list grows with each call."""
    calls: list[int] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        calls.append(fd)
        if len(calls) == nth:
            raise OSError(number, os.strerror(number))
        real(fd)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        yield calls


@contextlib.contextmanager
def snapshots(folder: Path, into: Path) -> Iterator[list[Path]]:
    """Copy a folder before each sync and before and after each rename of a folder in it."""
    copies: list[Path] = []
    real_sync, real_rename = os.fsync, Path.rename

    def snap() -> None:
        copies.append(into / str(len(copies)))
        shutil.copytree(folder, copies[-1])

    def fsync(fd: int) -> None:
        snap()
        real_sync(fd)

    def rename(path: Path, target: Path) -> Path:
        snap()
        moved = real_rename(path, target)
        snap()
        return moved

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        patch.setattr(Path, "rename", rename)
        yield copies


def flip(path: Path, place: int, mask: int = 0x20) -> None:
    """Change one byte in place; doing it again puts it back."""
    # Not by writing the file anew: some file systems flush a file that was cut and rewritten.
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ mask]))


def tree(folder: Path) -> dict[str, bytes]:
    """Give every file's content, by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}

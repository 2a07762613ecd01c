"""Read a home's small files, whatever stands in their place: a pipe, a device, gigabytes, garbage.

Nothing waits, nothing takes more memory than a small file may, and all that can be wrong with one
is a single error in words.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

from .. import wire
from ..errors import DataError

LARGEST = 16 << 20
"""Bytes of a small file; a run's own have some thousands."""


class DamagedFileError(DataError):
    """A file that is missing or not as it was written; `reason` follows its name in a sentence."""

    def __init__(self, path: Path, reason: str, *, missing: bool = False) -> None:
        super().__init__(f"{path} {reason}.", "", "Restore the file, or delete it.")
        self.file = path.name
        self.reason = reason
        self.missing = missing

    @property
    def short(self) -> str:
        """What is wrong, with the file's name alone."""
        return f"{self.file} {self.reason}"


def open_plain(path: str | Path) -> BinaryIO:
    """Open a plain file for reading, without ever waiting for a pipe's other end.

    Raises:
        OSError: It cannot be opened, or is no plain file.
    """
    return open(plain_descriptor(path, os.O_RDONLY), "rb")


def plain_descriptor(path: str | Path, flags: int) -> int:
    """Open a plain file, without ever waiting for a pipe's other end, and give its descriptor.

    Args:
        path: The file; where `flags` make it, it is for its owner alone.
        flags: As of `os.open`.

    Raises:
        OSError: It cannot be opened, or is no plain file.
    """
    fd = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o600)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "Not a plain file", str(path))
    return fd


def refused(path: Path, error: OSError) -> DamagedFileError:
    """Say that a file cannot be opened or read."""
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return DamagedFileError(path, "is missing", missing=True)
    if error.errno in (errno.EINVAL, errno.EISDIR, errno.ENXIO):  # ENXIO: a socket
        return DamagedFileError(path, "is not a plain file")
    return DamagedFileError(path, f"cannot be read ({error.strerror or error})")


def read_bytes(path: Path, most: int = LARGEST) -> bytes:
    """Read a whole small file.

    Args:
        path: The file.
        most: Bytes from which on it is not what it should be.

    Raises:
        DamagedFileError: It is missing, not plain, too large, or the disk refuses.
    """
    try:
        with open_plain(path) as file:
            # The size first: nobody reads two gigabytes of nothing to learn that it is too much.
            content = b"" if os.fstat(file.fileno()).st_size > most else file.read(most + 1)
            is_too_large = os.fstat(file.fileno()).st_size > most or len(content) > most
    except OSError as error:
        raise refused(path, error) from error
    if is_too_large:
        raise DamagedFileError(path, f"is too large: more than {most:,} bytes")
    return content


def read_text(path: Path, most: int = LARGEST) -> str:
    """Read a whole small file of UTF-8, its line ends as they are.

    Raises:
        DamagedFileError: As of `read_bytes`, or it is not UTF-8.
    """
    try:
        return read_bytes(path, most).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedFileError(path, f"is not UTF-8 (byte {error.start:,})") from error


def read_json(path: Path, most: int = LARGEST) -> Any:
    """Read a small file of JSON.

    Raises:
        DamagedFileError: As of `read_bytes`, or it is not JSON, or nested too deeply.
    """
    try:
        return wire.parse(read_bytes(path, most))
    except wire.DecodeError as error:
        raise DamagedFileError(path, f"is {error.reason}") from error


def read_object(path: Path, most: int = LARGEST) -> dict[str, Any]:
    """Read a small file that is one JSON object.

    Raises:
        DamagedFileError: As of `read_json`, or it is something else.
    """
    value = read_json(path, most)
    if not isinstance(value, dict):
        raise DamagedFileError(path, "is not a JSON object")
    return value

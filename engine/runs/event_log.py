"""The append-only file of events, from both ends: the worker writes, anybody reads."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .. import events, wire
from ..disk import atomic
from ..disk.reading import open_plain
from ..errors import DataError

_DURABLE = (events.Checkpoint, events.Finished, events.Failed, events.Closed)
_BLOCK = 1 << 20
_SHOWN = 64
_FARTHEST = 1 << 26
"""Bytes from the end in which the newest event is looked for."""


class EventWriter:
    """Appends events, each in one write, so that a reader sees whole lines or a torn last one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = atomic.open_append(path)
        self._seq = _last_seq(self._fd)
        self._torn = _ends_torn(self._fd)

    def write(self, event: events.Event) -> events.Envelope:
        """Append one event; checkpoints and endings are also synced to disk.

        Raises:
            OSError: The disk refuses. Nothing of the event is left, and it may be tried again.
        """
        envelope = events.Envelope(self._seq + 1, time.time(), time.monotonic(), event)
        self._append(events.encode(envelope))
        self._seq = envelope.seq
        if isinstance(event, _DURABLE):
            os.fsync(self._fd)
        return envelope

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def is_there(self) -> bool:
        """Say whether the file still has its name: it may have been moved or deleted."""
        try:
            named = os.stat(self._path)
        except OSError as error:
            return not isinstance(error, (FileNotFoundError, NotADirectoryError))
        return os.path.samestat(named, os.fstat(self._fd))

    def _append(self, line: bytes) -> None:
        # A killed writer leaves half a line; the next event needs its own.
        if self._torn:
            line = b"\n" + line
        before, self._torn = os.fstat(self._fd).st_size, True
        try:
            while line:  # a nearly full disk takes a part and says so only when asked for the rest
                line = line[os.write(self._fd, line) :]
        except OSError:
            os.ftruncate(self._fd, before)
            self._torn = _ends_torn(self._fd)
            raise
        self._torn = False


@dataclass(frozen=True)
class Damaged:
    """A line that could not be read; the reader goes on after it."""

    offset: int
    reason: str


def unreadable(path: Path, error: OSError) -> DataError:
    """Say that the disk refuses to give a run's events."""
    return DataError(
        f"{path} cannot be read.",
        f"The disk said: {error.strerror or error}.",
        "Mend that, then try again; nothing is lost.",
    )


class EventReader:
    """Reads events from where it last stopped; a file that is not there yet holds none.

    Each of its methods raises OSError where the disk refuses, and may be called again. What is
    longer than any line, as gigabytes of nothing, is one damaged line of a few bytes.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.offset = offset
        """Bytes read so far, always at the start of a line."""

    def poll(self, max_bytes: int = 16 * _BLOCK) -> Iterator[events.Envelope | Damaged]:
        """Give what was written since the last call, at most `max_bytes` of it.

        A last line without its end is waited for. A file that became shorter is read anew.
        """
        for start, line in self.lines(max_bytes):
            if not line.strip():
                continue
            try:
                yield events.decode(line)
            except wire.DecodeError as error:
                yield Damaged(start, error.reason)

    def lines(self, max_bytes: int = 16 * _BLOCK) -> Iterator[tuple[int, bytes]]:
        """Give what `poll` would read as it was written: each line's offset and its bytes."""
        # Not splitlines: it also splits at the carriage returns of a damaged line.
        for line in io.BytesIO(self._whole_lines(max_bytes)):
            start = self.offset
            self.offset += len(line)
            yield start, line

    def block(self, max_bytes: int = _BLOCK) -> bytes:
        """Give what was written since the last call, whole lines, about `max_bytes` at most."""
        block = self._whole_lines(max_bytes)
        self.offset += len(block)
        return block

    def _whole_lines(self, max_bytes: int) -> bytes:
        try:
            size = self.path.stat().st_size
            if size == self.offset:
                return b""
            if size < self.offset:
                self.offset = 0
            with open_plain(self.path) as file:
                file.seek(self.offset)
                block = file.read(max_bytes)
                if b"\n" not in block:  # a line longer than the block, or a torn one
                    block += file.readline(wire.LONGEST_LINE)
                    if len(block) > wire.LONGEST_LINE and block[-1:] != b"\n":
                        return self._passed_over(block, file)
        except FileNotFoundError:
            return b""
        return block[: block.rfind(b"\n") + 1]

    def _passed_over(self, block: bytes, file: BinaryIO) -> bytes:
        """Go to the end of what is no line at all, and give its beginning for a damaged one."""
        while piece := file.read(_BLOCK):
            if b"\n" in piece:
                file.seek(piece.index(b"\n") + 1 - len(piece), os.SEEK_CUR)
                break
        shown = block[:_SHOWN] + b"\n"
        self.offset = file.tell() - len(shown)
        return shown


def _last_seq(fd: int) -> int:
    """Find the newest readable event's number, from the end of the file."""
    size, span = os.fstat(fd).st_size, _BLOCK
    while True:
        tail = os.pread(fd, span, max(0, size - span))
        for line in reversed(tail.split(b"\n")):
            try:
                return events.decode(line).seq
            except wire.DecodeError:
                continue
        if span >= min(size, _FARTHEST):
            return 0
        span *= 8


def _ends_torn(fd: int) -> bool:
    size = os.fstat(fd).st_size
    return size > 0 and os.pread(fd, 1, size - 1) != b"\n"

"""Read a file of events here and there: its two ends, and places evenly spread between them.

A long run has hundreds of megabytes of events. A list of runs, or a curve of 200 columns, needs
a few lines from everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ttgpt.engine import wire
from ttgpt.engine.disk.reading import open_plain


@dataclass(frozen=True)
class Spread:
    """How much is read; a file that is not longer than all of it is read whole."""

    head: int
    tail: int
    probes: int
    probe: int
    """Bytes at each of the places between the ends."""

    @property
    def total(self) -> int:
        """Bytes that are read of a long file."""
        return self.head + self.tail + self.probes * self.probe


GLANCE = Spread(head=4_096, tail=12_288, probes=14, probe=1_024)
"""For a row of the list: about 30 kB, so that hundreds of runs are there at once."""
OVERVIEW = Spread(head=262_144, tail=1_048_576, probes=384, probe=8_192)
"""For a curve as wide as the screen: about 4 MB."""


def spread_lines(path: Path, spread: Spread) -> Iterator[bytes]:
    """Give whole lines in the order of the file; a torn last one is left out.

    Raises:
        OSError: The file cannot be read.
    """
    size = path.stat().st_size
    with open_plain(path) as file:
        if size <= spread.total:
            yield from _whole_lines(file.read(size), from_start=True)
            return
        for begin, length in _places(size, spread):
            file.seek(begin)
            yield from _whole_lines(file.read(length), from_start=begin == 0)


def find_lines(path: Path, *marks: bytes, block: int = 1 << 22) -> Iterator[bytes]:
    """Give all lines that hold a mark; a search in bytes is some hundred times faster than reading.

    Raises:
        OSError: The file cannot be read.
    """
    with open_plain(path) as file:
        rest = b""
        while piece := file.read(block):
            piece = rest + piece
            end = piece.rfind(b"\n") + 1
            rest = piece[end:]
            yield from _marked(piece[:end], marks)
            if len(rest) > wire.LONGEST_LINE:
                rest = b""


def last_lines(path: Path, *marks: bytes, most: int) -> Iterator[bytes]:
    """Give all lines that hold a mark in the last `most` bytes; a torn last one is left out.

    Raises:
        OSError: The file cannot be read.
    """
    with open_plain(path) as file:
        file.seek(max(0, path.stat().st_size - most))
        piece = file.read(most)
    yield from _marked(piece[: piece.rfind(b"\n") + 1], marks)


def _marked(piece: bytes, marks: Sequence[bytes]) -> Iterator[bytes]:
    begins = {begin for mark in marks for begin in _begins(piece, mark)}
    for begin in sorted(begins):
        yield piece[begin : piece.index(b"\n", begin) + 1]


def _begins(piece: bytes, mark: bytes) -> Iterator[int]:
    """Give where the lines begin that hold a mark."""
    at = piece.find(mark)
    while at >= 0:
        yield piece.rfind(b"\n", 0, at) + 1
        at = piece.find(mark, piece.index(b"\n", at) + 1)


def _places(size: int, spread: Spread) -> Iterator[tuple[int, int]]:
    """Give where each piece begins, and how long it is."""
    yield 0, spread.head
    between = size - spread.head - spread.tail
    for number in range(spread.probes):
        yield spread.head + between * number // spread.probes, spread.probe
    yield size - spread.tail, spread.tail


def _whole_lines(piece: bytes, *, from_start: bool) -> list[bytes]:
    begin = 0 if from_start else piece.find(b"\n") + 1
    end = piece.rfind(b"\n") + 1
    # Not splitlines: it also splits at the carriage returns of a damaged line.
    return [line for line in piece[begin:end].split(b"\n") if line.strip()]

"""`events.index`: what a run's first millions of steps add up to, so that they need not be read.

It lies beside `events.jsonl` and is made from it; it may be deleted at any time. It holds what the
app keeps of the run after so many bytes: the curves, and the evaluations, samples and checkpoints,
thinned where they are many. It also tells where before that all other lines are that are no steps:
those are few, and are read again. A fingerprint tells whether the file is still the one that was
read. Layout: a magic word, a length, a JSON object of that length, the kept events as lines, arrays
in the byte order of the machine, and a checksum over everything before it.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ttgpt.engine import events, wire
from ttgpt.engine.disk import atomic, reading
from ttgpt.engine.errors import DataError

from .history import History

NAME = "events.index"
_MAGIC = b"ttgpt events.index 2 " + sys.byteorder.encode() + b"\n"
_SPAN = 4096
_LARGEST = 64 << 20
"""Bytes; its curves do not grow with the run."""
_NUMBER = struct.Struct("<Q")


@dataclass(frozen=True)
class EventIndex:
    """The state of a reading, in short."""

    covered: int
    """Bytes of `events.jsonl` that the curves stand for."""
    begin: int
    """A start of a line some way before: from there all lines are read again."""
    step: int
    """The newest step before `begin`."""
    others: array[int]
    """Offsets of other lines before `begin` that are no steps, each with the step before it."""
    places: array[int]
    """Some steps, each with the offset of its line."""
    history: History
    kept: Sequence[events.Event]
    """The evaluations, samples and checkpoints, as far as they are kept."""


def save_index(path: Path, index: EventIndex) -> None:
    """Write an index beside a file of events; where that cannot be done, nothing happens."""
    chips, parts = index.history.dump()
    kept = b"".join(events.encode(events.Envelope(0, 0.0, 0.0, event)) for event in index.kept)
    head = {
        "covered": index.covered,
        "begin": index.begin,
        "step": index.step,
        "kept": len(kept),
        "others": len(index.others),
        "places": len(index.places),
        "chips": chips,
    }
    with contextlib.suppress(OSError):
        head["seen"] = _fingerprint(path, index.covered)
        text = json.dumps(head).encode()
        lines = [kept, index.others.tobytes(), index.places.tobytes()]
        body = b"".join([_MAGIC, _NUMBER.pack(len(text)), text, *lines, *parts])
        atomic.write_bytes(path.with_name(NAME), body + _NUMBER.pack(zlib.crc32(body)))


def load_index(path: Path) -> EventIndex | None:
    """Read the index of a file of events; None where there is none that holds."""
    try:
        return _parsed(path, reading.read_bytes(path.with_name(NAME), _LARGEST))
    except (DataError, OSError, ValueError, KeyError, TypeError, struct.error):
        return None


def _parsed(path: Path, data: bytes) -> EventIndex | None:
    body, end = memoryview(data)[:-8], data[-8:]
    if not data.startswith(_MAGIC) or _NUMBER.unpack(end)[0] != zlib.crc32(body):
        return None
    at = len(_MAGIC) + 8
    (length,) = _NUMBER.unpack(body[at - 8 : at])
    head = wire.parse(bytes(body[at : at + length]))
    if head["seen"] != _fingerprint(path, head["covered"]):
        return None
    at += length
    lines = bytes(body[at : at + head["kept"]])
    kept = [events.decode(line).event for line in lines.splitlines()]
    at += len(lines)
    others, places = array("q"), array("q")
    for numbers, count in ((others, head["others"]), (places, head["places"])):
        numbers.frombytes(bytes(body[at : at + 8 * count]))
        at += 8 * count
    history = History()
    history.load(head["chips"], body[at:])
    begin, step = head["begin"], int(head["step"])
    return EventIndex(head["covered"], begin, step, others, places, history, kept)


def _fingerprint(path: Path, covered: int) -> list[int]:
    """Look at the beginning of a file and at the last bytes that were read of it."""
    with reading.open_plain(path) as file:
        if os.fstat(file.fileno()).st_size < covered:
            return []
        begin = file.read(min(_SPAN, covered))
        file.seek(max(0, covered - _SPAN))
        end = file.read(min(_SPAN, covered))
    return [zlib.crc32(begin), zlib.crc32(end)]

"""A run's events as they come, many steps at a time; with an index, its past at once."""

from __future__ import annotations

import bisect
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ttgpt.engine import events, wire
from ttgpt.engine.disk.reading import open_plain
from ttgpt.engine.runs.event_log import Damaged, EventReader
from ttgpt.engine.runs.step_lines import StepLines, read_lines

from .event_index import EventIndex, load_index, save_index
from .history import History
from .state import RunState

Item = events.Envelope | StepLines | Damaged

_PASSING = (events.Evaluating, events.Sampling, events.Saving, events.Telemetry)
"""What matters only until the next event, or is kept as a curve."""
_KEPT = (events.Evaluated, events.Sample, events.Checkpoint)
"""What grows with the run: the index has what is left of it when it was thinned."""
_READ_AGAIN = 64 * 1024
"""Bytes before the end of an index from which all is read: the pace and the phase need them."""
_PLACE_EVERY = 64 * 1024
"""Bytes from one remembered place in the file to the next, at least."""
_PLACE_SHARE = 4096
"""Or one in so many of the bytes before it, where that is more: so the places stay few."""
_INDEX_EVERY = 8_000_000
"""Bytes, about a tenth of a second of reading."""


@dataclass(frozen=True)
class Past:
    """What an index saves from being read."""

    others: list[tuple[int, Item]]
    """What is neither in the curves nor kept, each with the step before it."""
    newest: list[Item]
    """All there was shortly before the curves end."""
    history: History
    kept: Sequence[events.Event]
    """The evaluations, samples and checkpoints of all that."""


class Feed:
    """Reads a run's file of events from its beginning, and keeps its index."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader = EventReader(path)
        self._indexed = 0
        self._step = 0
        self._others = array("q")
        self._places = array("q")
        self._begins: deque[tuple[int, int, int]] = deque()
        """Recent starts of lines, each with how much of the others was known, and the step."""

    @property
    def offset(self) -> int:
        """Bytes read so far."""
        return self._reader.offset

    def past(self) -> Past | None:
        """Take what the index knows, before anything was read; None where it knows nothing."""
        index = load_index(self._path)
        if index is None:
            return None
        others = list(self._decoded(index.others))
        self._others, self._places = index.others, index.places
        self._reader.offset, self._step = index.begin, index.step
        newest: list[Item] = []
        while self.offset < index.covered:
            newest += self.poll(index.covered - self.offset)
        self._indexed = index.covered
        return Past(others, newest, index.history, index.kept)

    def poll(self, max_bytes: int) -> list[Item]:
        """Give what was written since, about so many bytes at most."""
        before = self.offset
        block = self._reader.block(max_bytes)
        begin = self.offset - len(block)
        if begin < before:  # it became shorter, and was read anew
            self._forget()
        self._remember(begin)
        return list(self._items(block, begin))

    def save_index(self, state: RunState) -> None:
        """Write the index when much was read since; the state must stand for what was read."""
        if self.offset - self._indexed < _INDEX_EVERY or not self._begins:
            return
        self._indexed = self.offset
        begin, known, step = self._begins[0]
        others = self._others[:known]
        places, history, kept = self._places, state.history, state.kept
        save_index(self._path, EventIndex(self.offset, begin, step, others, places, history, kept))

    def span(self, low: float, high: float) -> tuple[int, int]:
        """Give offsets between which the steps from one to another were logged."""
        steps, offsets = self._places[::2], self._places[1::2]
        first = bisect.bisect_right(steps, low) - 1
        last = bisect.bisect_right(steps, high)
        begin = offsets[first] if first >= 0 else 0
        return begin, offsets[last] if last < len(offsets) else self.offset

    def _items(self, block: bytes, begin: int) -> Iterator[Item]:
        at = 0
        for found in read_lines(block):
            if isinstance(found, StepLines):
                self._place(found.steps[0], begin + at)
                self._step = found.steps[-1]
                yield found
                continue
            at = _find(block, found, at)
            item = _decoded(found, begin + at)
            if item is not None and not _is_indexed(item):
                self._others.extend((begin + at, self._step))
            at += len(found)
            if item is not None:
                yield item

    def _place(self, step: int, offset: int) -> None:
        while self._places and self._places[-2] >= step:  # it was resumed from an earlier step
            del self._places[-2:]
        apart = max(_PLACE_EVERY, offset // _PLACE_SHARE)
        if not self._places or offset - self._places[-1] >= apart:
            self._places.extend((step, offset))

    def _remember(self, begin: int) -> None:
        self._begins.append((begin, len(self._others), self._step))
        while len(self._begins) > 1 and self._begins[1][0] <= self.offset - _READ_AGAIN:
            self._begins.popleft()

    def _forget(self) -> None:
        self._others, self._places = array("q"), array("q")
        self._begins.clear()
        self._indexed = self._step = 0

    def _decoded(self, others: array[int]) -> Iterator[tuple[int, Item]]:
        with open_plain(self._path) as file:
            for offset, step in zip(others[::2], others[1::2], strict=True):
                file.seek(offset)
                item = _decoded(file.readline(wire.LONGEST_LINE), offset)
                if item is not None:
                    yield step, item


def _decoded(line: bytes, offset: int) -> Item | None:
    if not line.strip():
        return None
    try:
        return events.decode(line)
    except wire.DecodeError as error:
        return Damaged(offset, error.reason)


def _is_indexed(item: Item) -> bool:
    return isinstance(item, events.Envelope) and isinstance(item.event, (*_PASSING, *_KEPT))


def _find(block: bytes, line: bytes, at: int) -> int:
    """Find a whole line in a block, from the end of one before it on."""
    if block.startswith(line, at):
        return at
    return block.index(b"\n" + line, at) + 1

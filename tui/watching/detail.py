"""Every single step of a part of a run, read again from its file of events."""

from __future__ import annotations

from pathlib import Path

from ttgpt.engine import events, wire
from ttgpt.engine.runs.event_log import EventReader
from ttgpt.engine.runs.step_lines import StepLines, read_lines

from .history import History
from .series import Series

_MOST_BYTES = 4_000_000
"""What is read at most: some 20,000 steps."""
_BLOCK = 1 << 18


def read_detail(path: Path, begin: int, end: int) -> History | None:
    """Read the curves between two offsets; None where that would take long, or the disk refuses.

    Args:
        path: The file of events.
        begin: Where a line begins.
        end: Where reading may stop.
    """
    if end - begin > _MOST_BYTES:
        return None
    history = _fine_history()
    try:
        _read(EventReader(path, begin), end, history)
    except OSError:  # as a lost network folder does, for a while
        return None
    return history


def _read(reader: EventReader, end: int, history: History) -> None:
    while reader.offset < end and (block := reader.block(min(_BLOCK, end - reader.offset))):
        for found in read_lines(block):
            if isinstance(found, StepLines):
                history.stepped(found)
            elif b'"type":"opened"' in found:
                _restart(history, found)


def _fine_history() -> History:
    history = History()
    history.loss, history.lr = Series(1 << 16), Series(1 << 16)
    history.grad_norm, history.tokens_per_s = Series(1 << 16), Series(1 << 16)
    return history


def _restart(history: History, line: bytes) -> None:
    try:
        envelope = events.decode(line)
    except wire.DecodeError:
        return
    if isinstance(envelope.event, events.Opened):
        history.restarted(envelope.event.steps_done, envelope.mono)

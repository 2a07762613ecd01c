"""A long run's outline: its two ends, and a few steps from many places between them.

Reading a million steps takes seconds. Until that is done the screen shows what a glance at the file
tells: where the run stands now, exactly, and its curves in outline.
"""

from __future__ import annotations

from pathlib import Path

from ttgpt.engine import events, wire
from ttgpt.engine.runs.step_lines import StepLines, read_lines

from ..runs.spread import OVERVIEW, spread_lines
from .state import RunState

_LONG = 16_000_000
"""Bytes from which reading everything takes longer than one would wait, about half a second."""


def read_preview(path: Path) -> RunState | None:
    """Read the outline of a long file of events; None where it is read whole in a moment."""
    try:
        if path.stat().st_size < _LONG:
            return None
        lines = b"".join(line + b"\n" for line in spread_lines(path, OVERVIEW))
    except OSError:
        return None
    state = RunState()
    for found in read_lines(lines):
        item = found if isinstance(found, StepLines) else _decoded(found)
        if item is not None:
            state.apply(item)
    return state


def _decoded(line: bytes) -> events.Envelope | None:
    try:
        return events.decode(line)
    except wire.DecodeError:
        return None  # it is told when everything is read

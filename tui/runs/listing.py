"""The list of runs, of which only what changed is read again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

from ttgpt.engine.runs.rundir import RunFolder, list_runs

from .glance import Glance, glance

_SHOW_EVERY = 0.15
"""Seconds after which the rows read so far are given."""

Stamp = tuple[int, ...]


class Listing:
    """Looks at all runs of a home folder, and remembers what it saw of those that have ended."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._known: dict[str, tuple[Stamp, Glance]] = {}

    async def read(self) -> AsyncIterator[list[Glance]]:
        """Give the rows, newest run first: those read so far now and then, all of them at last."""
        runs = await asyncio.to_thread(list_runs, self._home)
        rows: list[Glance] = []
        while len(rows) < len(runs):
            rows += await asyncio.to_thread(self._read_some, runs[len(rows) :])
            if len(rows) < len(runs) and len(self._known) <= len(rows):
                yield list(rows)  # a first look; later ones wait until all is read
        self._known = {row.run.path.name: self._known[row.run.path.name] for row in rows}
        yield rows

    def _read_some(self, runs: list[RunFolder]) -> list[Glance]:
        """Look at runs for a while."""
        rows, until = [], time.monotonic() + _SHOW_EVERY
        for run in runs:
            rows.append(self._look(run))
            if time.monotonic() > until:
                break
        return rows

    def _look(self, run: RunFolder) -> Glance:
        name, stamp = run.path.name, _stamp(run)
        before = self._known.get(name)
        # A live one is looked at each time: its worker may have vanished without a word.
        fresh = before is not None and before[0] == stamp and not before[1].is_live
        seen = before[1] if fresh and before is not None else glance(run)
        self._known[name] = (stamp, seen)
        return seen


def _stamp(run: RunFolder) -> Stamp:
    """Give what changes when anything in the row does: times and sizes of a few files."""
    found: list[int] = []
    for path in (run.path / "run.json", run.events, run.path / "note.txt", run.checkpoints):
        try:
            status = path.stat()
        except OSError:
            found.append(0)
        else:
            found += (status.st_mtime_ns, status.st_size)
    return tuple(found)

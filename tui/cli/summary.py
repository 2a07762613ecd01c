"""A run in one row: what its `run.json` says, and the newest of its events."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ttgpt.engine.errors import DataError
from ttgpt.engine.event_log import EventReader
from ttgpt.engine.rundir import RunFolder

from .. import format as written
from ..state import RunState

_HEAD, _TAIL = 1 << 16, 1 << 18


@dataclass(frozen=True)
class Summary:
    """What the list of runs shows of one."""

    name: str
    id: str
    state: str
    """As of `RunFolder.state`; `damaged` when its run.json cannot be read."""
    preset: str
    device: str
    created: float
    step: int
    max_steps: int
    val_loss: float | None

    @property
    def steps(self) -> str:
        """The step it is at, and how many there are."""
        return f"{self.step:,} / {self.max_steps:,}" if self.max_steps else f"{self.step:,}"

    @property
    def row(self) -> tuple[str, ...]:
        """Name, state, step, val, device, age."""
        age = written.age(time.time() - self.created) if self.created else ""
        loss = written.loss(self.val_loss)
        return (self.name, self.state, self.steps, loss, self.device, age)


HEADERS = ("run", "state", "step", "val", "device", "age")
RIGHT = ("step", "val", "age")


def summarize(run: RunFolder) -> Summary:
    """Sum a run up from the beginning and the end of its file of events; never raises."""
    try:
        info, state = run.info(), run.state()
    except DataError:
        name = run.path.name
        return Summary(name[18:] or name, name, "damaged", "", "", 0.0, 0, 0, None)
    seen = _glance(run)
    return Summary(
        name=info.name,
        id=info.id,
        state=state,
        preset=info.preset,
        device=info.device,
        created=info.created,
        step=seen.step,
        max_steps=seen.max_steps,
        val_loss=seen.evaluations[-1].val_loss if seen.evaluations else None,
    )


def _glance(run: RunFolder) -> RunState:
    """Read the first events and the last ones: a long run has megabytes between them."""
    state, reader = RunState(), EventReader(run.events)
    for item in reader.poll(_HEAD):
        state.apply(item)
    try:
        tail = run.events.stat().st_size - _TAIL
    except OSError:
        return state
    reader.offset = max(reader.offset, tail)
    for item in reader.poll():
        state.apply(item)
    return state

"""A run in one row of the command line's list."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ttgpt.engine.runs.rundir import RunFolder

from .. import format as written
from ..runs.glance import glance


@dataclass(frozen=True)
class Summary:
    """What the list of runs shows of one."""

    name: str
    id: str
    state: str
    """As of `runs.glance.standing`; `damaged` when its run.json cannot be read."""
    preset: str
    device: str
    created: float
    step: int
    max_steps: int
    val_loss: float | None
    bytes: int
    note: str

    @property
    def steps(self) -> str:
        """The step it is at, and how many there are."""
        return f"{self.step:,} / {self.max_steps:,}" if self.max_steps else f"{self.step:,}"

    @property
    def row(self) -> tuple[str, ...]:
        """Name, state, step, val, device, size, age."""
        age = written.age(time.time() - self.created) if self.created else ""
        loss, size = written.loss(self.val_loss), written.size(self.bytes)
        return (self.name, self.state, self.steps, loss, self.device, size, age)


HEADERS = ("run", "state", "step", "val", "device", "size", "age")
RIGHT = ("step", "val", "size", "age")


def summarize(run: RunFolder) -> Summary:
    """Sum a run up from a little of its folder; never raises."""
    seen = glance(run)
    return Summary(
        name=seen.name,
        id=seen.id,
        state=seen.state,
        preset=seen.preset,
        device=seen.device,
        created=seen.created,
        step=seen.step,
        max_steps=seen.max_steps,
        val_loss=seen.val_loss,
        bytes=seen.bytes,
        note=seen.note,
    )

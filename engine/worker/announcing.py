"""The first events of a start: what the run computes on, and what is not as it was before."""

from __future__ import annotations

import os
from typing import Any

from .. import events
from ..backends import Description, Session
from ..runs.rundir import RunFolder
from ..training.trainer import Trainer
from .journal import Journal
from .saving import Restored


def announce(
    run: RunFolder, journal: Journal, session: Session, trainer: Trainer, restored: Restored
) -> None:
    """Note in `run.json` what the session runs on, and write the first events of this start."""
    found, before = session.describe(), run.info().numerics
    run.update(
        state="running",
        device=found.device,
        max_steps=trainer.max_steps,
        numerics=found.numerics,
        versions=found.versions,
    )
    step = restored.progress.step
    journal.tell(_opened(found, trainer, step))
    for what in restored.damaged:
        journal.tell(events.Health("damaged_checkpoint", "warning", step, what))
    rounding = _other_rounding(before, found.numerics, step)
    if rounding is not None:
        journal.tell(rounding)


def _opened(found: Description, trainer: Trainer, steps_done: int) -> events.Opened:
    return events.Opened(
        backend=found.backend,
        device=found.device,
        device_count=found.device_count,
        dtype=found.dtype,
        parameters=found.parameters,
        vocab_size=trainer.data.meta.vocab_size,
        steps_done=steps_done,
        max_steps=trainer.max_steps,
        tokens_per_step=trainer.tokens_per_step,
        numerics=found.numerics,
        versions=found.versions,
        pid=os.getpid(),
        note=found.note,
    )


def _other_rounding(before: dict[str, Any], now: dict[str, Any], step: int) -> events.Health | None:
    """Say what rounds otherwise than when the run began; None where nothing does."""
    # Runs of before may name what is no more; where it was not in use, nothing changes.
    names = {n for n, value in before.items() if value is not False} | now.keys() if before else ()
    changed = sorted(name for name in names if before.get(name) != now.get(name))
    if not changed or not step:
        return None
    return events.Health(
        "rounding",
        "warning",
        step,
        f"The run goes on, but not bit for bit: it began on another {' and '.join(changed)}.",
        f"before {_named(before, changed)}, now {_named(now, changed)}",
    )


def _named(numerics: dict[str, Any], names: list[str]) -> str:
    return ", ".join(f"{name} {numerics.get(name)}" for name in names)

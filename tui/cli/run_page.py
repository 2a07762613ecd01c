"""One run on a page: where it stands, its losses, its checkpoints, what to do next."""

from __future__ import annotations

import dataclasses
import math
import shlex
import time
from typing import Any

from ttgpt.engine.checkpoints.info import WHOLE, CheckpointInfo, list_checkpoints
from ttgpt.engine.runs.rundir import LIVE_STATES, RunFolder

from .. import format as written
from ..watching.state import RunState
from ..watching.watch import RunWatch
from .output import fields, table


def document(run: RunFolder) -> dict[str, Any]:
    """Give all that is known of a run as a JSON object."""
    info, seen = run.info(), RunWatch(run).read_all()
    return {
        **dataclasses.asdict(info),
        "state": run.state(),
        "path": str(run.path),
        "step": seen.step,
        "max_steps": seen.max_steps,
        "parameters": seen.opened.parameters if seen.opened else None,
        "train_loss": seen.evaluations[-1].train_loss if seen.evaluations else None,
        "val_loss": seen.evaluations[-1].val_loss if seen.evaluations else None,
        "best_val_loss": seen.best.val_loss if seen.best else None,
        "best_step": seen.best.step if seen.best else None,
        "problem": _problem(seen),
        "checkpoints": [_checkpoint(found) for found in list_checkpoints(run.path)],
        "config": run.config().to_dict(),
    }


def lines(run: RunFolder) -> list[str]:
    """Put what is known of a run in words."""
    info, state, seen = run.info(), run.state(), RunWatch(run).read_all()
    page = fields(
        [
            ("run", info.name),
            ("state", f"{state}, step {_steps(seen)}"),
            ("why", _problem(seen)),
            ("preset", info.preset),
            ("text", info.data),
            ("computes", _computes(info.backend, seen)),
            ("losses", _losses(seen)),
            ("begun", f"{time.strftime('%Y-%m-%d %H:%M', time.localtime(info.created))}"),
            ("folder", str(run.path)),
            ("next", _next_step(info.name, state)),
        ]
    )
    found = list_checkpoints(run.path)
    if not found:
        return [*page, "", "No checkpoint yet."]
    headers = ("checkpoint", "kind", "train", "val", "size", "")
    measured = [one for one in found if not math.isnan(one.val_loss)]
    best = min(measured, key=lambda one: one.val_loss, default=None)
    rows = [_row(one, is_best=one is best) for one in found]
    return [*page, "", *table(headers, rows, right=("checkpoint", "train", "val", "size"))]


def _problem(seen: RunState) -> str:
    return seen.failure.message if seen.failure else seen.crash


def _steps(seen: RunState) -> str:
    return f"{seen.step:,} / {seen.max_steps:,}" if seen.max_steps else f"{seen.step:,}"


def _computes(backend: str, seen: RunState) -> str:
    if seen.opened is None:
        return backend
    opened = seen.opened
    parameters = f"{written.count(opened.parameters)} parameters"
    return f"{opened.backend} {opened.device} {opened.dtype}, {parameters}"


def _losses(seen: RunState) -> str:
    if not seen.evaluations:
        return ""
    last, best = seen.evaluations[-1], seen.best
    shown = f"train {written.loss(last.train_loss)}, val {written.loss(last.val_loss)}"
    return f"{shown}, best {written.loss(best.val_loss)} at step {best.step:,}" if best else shown


def _next_step(name: str, state: str) -> str:
    quoted = shlex.quote(name)
    if state in LIVE_STATES:
        return f"ttgpt-tui attach {quoted}"
    verb = "generate" if state == "finished" else "train --resume"
    return f"ttgpt-tui {verb} {quoted}"


def _row(one: CheckpointInfo, *, is_best: bool) -> tuple[str, ...]:
    losses = (_measured(one.train_loss), _measured(one.val_loss))
    fault = "" if one.state == WHOLE else f"{one.state}: {one.problem}"
    return (f"{one.step:,}", _kind(one, is_best=is_best), *losses, written.size(one.bytes), fault)


def _kind(one: CheckpointInfo, *, is_best: bool) -> str:
    """Say why it was kept, and which one is the best now."""
    if one.kind == "best":
        return "best" if is_best else "was best"
    return f"best, {one.kind}" if is_best else one.kind


def _measured(loss: float) -> str:
    return written.NOTHING if math.isnan(loss) else written.loss(loss)


def _checkpoint(one: CheckpointInfo) -> dict[str, Any]:
    return {**dataclasses.asdict(one), "path": str(one.path)}

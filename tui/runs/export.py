"""Write a run out for others: tables for a spreadsheet, its configuration, and a report to read."""

from __future__ import annotations

import contextlib
import csv
import math
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import yaml

from ttgpt.engine import events, wire
from ttgpt.engine.disk import atomic
from ttgpt.engine.disk.folders import disk_error, filled_aside
from ttgpt.engine.runs.event_log import EventReader
from ttgpt.engine.runs.rundir import RunFolder

from .glance import Glance
from .report import report
from .spread import find_lines

FOLDER = "exports"
_BRANCH = ("session", "is_kept")
"""Which worker wrote it, counted from 1, and whether no later one went back to before it."""
_STEPS = ("step", "tokens", "loss", "lr", "grad_norm", "ms", "tokens_per_s")
_EVALUATIONS = ("step", "train_loss", "val_loss", "tokens", "is_best")


def export_run(home: Path, seen: Glance) -> Path:
    """Write a run's steps and evaluations as CSV, its configuration as YAML, and a report.

    Args:
        home: The home folder; what is written lies below its `exports`.
        seen: The run.

    Returns:
        The folder with `steps.csv`, `evaluations.csv`, `config.yaml`, `preset.yaml`, `report.txt`.

    Raises:
        DataError: The run cannot be read, or the disk refused.
    """
    config = seen.run.config()
    target = _free(home / FOLDER / f"{seen.run.name}-{time.strftime('%Y%m%d-%H%M%S')}")
    aside = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(exist_ok=True)
        with filled_aside(target, aside):
            _write_tables(seen.run, aside)
            text = yaml.safe_dump(config.to_dict(), sort_keys=False, allow_unicode=True)
            atomic.write_text(aside / "config.yaml", text)
            if seen.run.preset.exists():
                shutil.copyfile(seen.run.preset, aside / "preset.yaml")
            atomic.write_text(aside / "report.txt", report(seen, config))
    except OSError as error:
        raise disk_error(f"The run {seen.name!r} cannot be exported.", error) from error
    return target


def _write_tables(run: RunFolder, folder: Path) -> None:
    """Write both tables in one reading, line by line: a run may be larger than the memory."""
    with (
        (folder / "steps.csv").open("w", newline="", encoding="utf-8") as steps,
        (folder / "evaluations.csv").open("w", newline="", encoding="utf-8") as evaluations,
    ):
        into_steps, into_evaluations = csv.writer(steps), csv.writer(evaluations)
        into_steps.writerow(_STEPS + _BRANCH)
        into_evaluations.writerow(_EVALUATIONS + _BRANCH)
        last_kept, session = _last_kept(run), 0
        for event in _events(run):
            if isinstance(event, events.Opened):
                session += 1
            elif isinstance(event, events.Step):
                into_steps.writerow(_row(event, _STEPS, session, last_kept))
            elif isinstance(event, events.Evaluated):
                into_evaluations.writerow(_row(event, _EVALUATIONS, session, last_kept))


def _row(
    event: events.Step | events.Evaluated,
    names: Sequence[str],
    session: int,
    last_kept: Sequence[float],
) -> list[object]:
    is_kept = session >= len(last_kept) or event.step <= last_kept[session]
    return [*(getattr(event, name) for name in names), session, is_kept]


def _last_kept(run: RunFolder) -> list[float]:
    """Give, by session, the last step that no later session went back to before."""
    begins: list[float] = []
    for line in find_lines(run.events, b'"type":"opened"'):
        with contextlib.suppress(wire.DecodeError):
            event = events.decode(line).event
            if isinstance(event, events.Opened):
                begins.append(event.steps_done)
    later = accumulate(reversed([*begins, math.inf]), min)
    return list(later)[::-1]


def _events(run: RunFolder) -> Iterator[events.Event]:
    reader, before = EventReader(run.events), -1
    while reader.offset != before:
        before = reader.offset
        for item in reader.poll():
            if isinstance(item, events.Envelope):
                yield item.event


def _free(wanted: Path) -> Path:
    target, number = wanted, 1
    while target.exists():
        number += 1
        target = wanted.with_name(f"{wanted.name}-{number}")
    return target

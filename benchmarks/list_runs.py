"""How long the list of runs takes with hundreds of them: `python -m benchmarks.list_runs`.

Prints the milliseconds until the first rows and until all rows are there, then those of a second
look, when one of them has changed. Each run has 3,000 logged steps and its evaluations.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ttgpt.engine import events, presets
from ttgpt.engine.runs.event_log import EventWriter
from ttgpt.engine.runs.rundir import RunFolder, create_run
from ttgpt.tui.runs.listing import Listing

_STEPS = 3_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the runs, list them twice, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--short", action="store_true", help="100 runs")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _write(home, 100 if chosen.short else chosen.runs)
        print(json.dumps(asyncio.run(_measure(home))))


async def _measure(home: Path) -> dict[str, float]:
    listing = Listing(home)
    first, rows, whole = await _look(listing)
    changed = next((home / "runs").iterdir())
    (changed / "note.txt").write_text("changed")
    _, _, again = await _look(listing)
    return {"runs": rows, "first_ms": first, "all_ms": whole, "again_ms": again}


async def _look(listing: Listing) -> tuple[float, int, float]:
    began, first, count = time.perf_counter(), 0.0, 0
    async for rows in listing.read():
        first, count = first or time.perf_counter() - began, len(rows)
    return round(first * 1e3), count, round((time.perf_counter() - began) * 1e3)


def _write(home: Path, count: int) -> None:
    """Write one run, and copies of it under other names."""
    (home / "runs").mkdir(parents=True)
    preset = presets.load("demo")
    run = create_run(
        home,
        preset=preset.name,
        preset_text=preset.text,
        config=preset.config,
        backend="torch",
        data=home / "data",
        data_sha256="",
        name="run0",
    )
    _write_events(run)
    run.update(state="stopped")
    info = run.info()
    for number in range(1, count):
        name = f"run{number}"
        copy = run.path.with_name(run.path.name.replace("run0", name))
        shutil.copytree(run.path, copy)
        changed = dataclasses.replace(info, id=copy.name, name=name)
        (copy / "run.json").write_text(json.dumps(dataclasses.asdict(changed)))


def _write_events(run: RunFolder) -> None:
    log = EventWriter(run.events)
    for step in range(1, _STEPS + 1):
        log.write(events.Step(step, step * 1024, 4 / step, 1e-3, 0.9, 80.0, 12_000.0))
        if step % 100 == 0:
            log.write(events.Evaluated(step, 4 / step, 4 / step + 0.1, 8192, True))
    log.close()


if __name__ == "__main__":
    main()

"""How long it takes until something is on the screen, and until a worker does its first step.

    python -m benchmarks.startup [--short]

Worker: from the start of its process until it tells of the demo's first step; its data are prepared
and its arithmetic chosen, as after any first run. Before that step come an evaluation and a sample.

First paint: from the start of the process until the first line of the app was written to a
pseudo-terminal of 80 by 24. `--help`: until the command line has told its commands and ended.
Each after one start that is not counted.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.terminal import PROGRAM, app, plain_environment, spread
from ttgpt.engine import events, presets
from ttgpt.engine.runs.event_log import EventReader
from ttgpt.engine.runs.starting import start_run

_FIRST = b"Doctor"


def first_paint(home: Path) -> float:
    """Start the app and give the seconds until its first line."""
    with app(home=home) as terminal:
        terminal.read(30, until=_FIRST)
        return time.monotonic() - terminal.began


def help_page() -> float:
    """Give the seconds that `--help` takes."""
    began = time.monotonic()
    subprocess.run(
        [PROGRAM, "--help"], check=True, stdout=subprocess.DEVNULL, env=plain_environment()
    )
    return time.monotonic() - began


def first_step(home: Path) -> tuple[float, float]:
    """Start a worker; give the seconds until it has opened its device, and until its first step."""
    began = 0.0

    def say(what: str) -> None:
        nonlocal began
        began = time.time()

    started = start_run(home, presets.load("demo"), settings={"train.max_steps": "1"}, say=say)
    started.process.wait(60)
    told = [e for e in EventReader(started.run.events).poll() if isinstance(e, events.Envelope)]
    opened, step = (
        next(e.t for e in told if isinstance(e.event, kind))
        for kind in (events.Opened, events.Step)
    )
    return opened - began, step - began


def main(arguments: list[str] | None = None) -> None:
    """Measure and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--short", action="store_true")
    times = 3 if parser.parse_args(arguments).short else 15
    with tempfile.TemporaryDirectory(prefix="ttgpt-bench-") as folder:
        first_paint(Path(folder))
        print("first paint", spread([first_paint(Path(folder)) for _ in range(times)], "s"))
        first_step(Path(folder))
        opened, step = zip(*(first_step(Path(folder)) for _ in range(times)), strict=True)
        print("worker     ", spread(step, "s"), "until the first step,", end=" ")
        print(spread(opened, "s"), "until the device is open")
    help_page()
    print("--help     ", spread([help_page() for _ in range(times)], "s"), flush=True)


if __name__ == "__main__":
    main()

"""How long it takes to attach to a run of a million logged steps, and the memory of the app then.

    python -m benchmarks.attach [--short] [--steps N]

From the start of the process until the run's state was written to a pseudo-terminal of 80 by 24:
once without `events.index`, where an outline comes first, then with the index that the app has
left there. `--short` takes 100,000 steps.
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
import time
from pathlib import Path

from benchmarks.terminal import app, spread
from ttgpt.engine import events
from ttgpt.engine.config import DataConfig, ModelConfig, RunConfig, SampleConfig, TrainConfig
from ttgpt.engine.runs.rundir import RunFolder, create_run
from ttgpt.tui.watching.event_index import NAME

_TEXT = "What well, welcome, well of it in me, the man\narms. And thou hast done the shall.\n"


def write_run(home: Path, steps: int, name: str = "long") -> RunFolder:
    """Write a run that has ended, every step of it logged, evaluated and sampled every 250."""
    config = RunConfig(
        model=ModelConfig(),
        train=TrainConfig(max_steps=steps),
        data=DataConfig(),
        sample=SampleConfig(),
    )
    run = create_run(
        home,
        preset="long",
        preset_text="title: long\n",
        config=config,
        backend="torch",
        data=home / "data" / "nowhere",
        data_sha256="",
        name=name,
    )
    with run.events.open("wb") as file:
        for seq, event in enumerate(_events(steps), start=1):
            mono = seq * 0.02771234
            file.write(events.encode(events.Envelope(seq, 1.8e9 + mono, mono, event)))
    run.update(state="finished")
    return run


def _events(steps: int):  # type: ignore[no-untyped-def]
    dice = random.Random(0)
    yield events.Opened("torch", "cpu", 1, "bfloat16", 10_700_000, 65, 0, steps, 1024)
    for step in range(1, steps + 1):
        curve = 1.45 + 2.7 * math.exp(-step / 0.03 / steps)
        loss, norm, ms = curve + dice.gauss(0, 0.05), dice.random(), 27 + dice.random()
        yield events.Step(step, step * 1024, loss, 4e-4, norm, ms, 1024e3 / ms)
        if step % 250 == 0:
            yield events.Evaluated(step, curve, curve + 0.1, 65_536, True)
            yield events.Sample(step, "ROMEO:\n", _TEXT, 0.8, 40, 1.0, 1, 212.0)
    yield events.Finished(steps, "max_steps")


def attach(run: RunFolder, home: Path) -> tuple[float, float]:
    """Open the app on a run; give seconds until its end is shown, and its memory in MB.

    The run must be long enough for an index: 100,000 steps are, 10,000 are not.
    """
    with app("attach", run.path.name, home=home) as terminal:
        terminal.read(120, until=b"finished")
        seconds = time.monotonic() - terminal.began
        while not run.events.with_name(NAME).is_file():  # which it leaves behind
            terminal.read(0.5)
        terminal.read(2)
        return seconds, terminal.memory / 1e6


def main(arguments: list[str] | None = None) -> None:
    """Measure and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--steps", type=int, default=1_000_000)
    asked = parser.parse_args(arguments)
    steps, times = (100_000, 3) if asked.short else (asked.steps, 7)
    with tempfile.TemporaryDirectory(prefix="ttgpt-bench-") as folder:
        run = write_run(Path(folder), steps)
        size = run.events.stat().st_size / 1e6
        print(f"{steps:,} logged steps, {size:.0f} MB of events")
        found = [attach(run, Path(folder))]
        print(f"without index  {found[0][0]:.2f} s")
        found += [attach(run, Path(folder)) for _ in range(times)]
        print("with index    ", spread([seconds for seconds, _ in found[1:]], "s"))
        print("memory        ", spread([memory for _, memory in found], "MB", 0), flush=True)


if __name__ == "__main__":
    main()

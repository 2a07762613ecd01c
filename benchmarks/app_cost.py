"""What the app costs beside a run that trains at full speed.

    python -m benchmarks.app_cost [--short]

A worker trains the demo's network without an end. The app is opened on it in a pseudo-terminal of
80 by 24. Told are: bytes that it writes a second and its share of a core, as over SSH and as on the
own machine; bytes in 10 seconds while training is paused; and how fast the worker trains with the
app attached, against with the app held still, in alternation.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.terminal import app
from ttgpt.engine import events, presets
from ttgpt.engine.runs.event_log import Damaged, EventReader
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.runs.starting import start_run

_SETTINGS = {
    "train.max_steps": "1000000",
    "train.log_interval": "1",
    "train.eval_interval": "100",
    "train.checkpoint_interval": "100000",
    "sample.interval": "100",
}
_WARM_UP = 5.0
"""Seconds until the first paint, and whatever is read once, lie behind."""
_PAUSED = 10.0
_TURN, _CATCH_UP = 2.5, 1.0


@contextlib.contextmanager
def training(home: Path) -> Iterator[RunFolder]:
    """Train for a while."""
    started = start_run(home, presets.load("demo"), settings=_SETTINGS)
    try:
        while not any(isinstance(e, events.Step) for e in _news(EventReader(started.run.events))):
            time.sleep(0.2)
        yield started.run
    finally:
        started.process.terminate()
        started.process.wait(60)


def _news(reader: EventReader) -> Iterator[events.Event]:
    for found in reader.poll():
        if not isinstance(found, Damaged):
            yield found.event


def watched(run: RunFolder, home: Path, seconds: float, *, remote: bool) -> None:
    """Tell what the app writes and takes while it shows a run."""
    with app("attach", run.path.name, home=home, remote=remote) as terminal:
        terminal.read(_WARM_UP)
        before = terminal.cpu_seconds
        sent = terminal.read(seconds)
        share = (terminal.cpu_seconds - before) / seconds
        where = "over SSH" if remote else "local   "
        print(f"{where}  {sent / seconds / 1000:.2f} kB/s, {share:.1%} of a core", flush=True)
        if remote:
            terminal.press("p")
            terminal.read(20, until=b"p goes on")
            terminal.read(2)
            print(f"paused    {terminal.read(_PAUSED)} bytes in {_PAUSED:.0f} s", flush=True)
            terminal.press("p")
            terminal.read(2)


def step_ms(run: RunFolder, wait: Callable[[], object]) -> float:
    """Give the milliseconds of a step, the mean of those logged while something is waited for."""
    reader = EventReader(run.events)
    for _ in reader.poll():
        pass
    wait()
    return statistics.mean(e.ms for e in _news(reader) if isinstance(e, events.Step))


def compared(run: RunFolder, home: Path, pairs: int, *, remote: bool) -> None:
    """Tell how fast the run trains with the app attached, against with the app held still.

    Holding and letting go takes no time, so that the two can take turns by the second: what else
    the machine does then falls on both.
    """
    ratios = []
    with app("attach", run.path.name, home=home, remote=remote) as terminal:
        terminal.read(_WARM_UP)
        for _ in range(pairs):
            terminal.process.send_signal(signal.SIGSTOP)
            alone = step_ms(run, lambda: time.sleep(_TURN))
            terminal.process.send_signal(signal.SIGCONT)
            terminal.read(_CATCH_UP)
            ratios.append(100 * alone / step_ms(run, lambda: terminal.read(_TURN)))
    low, _, high = statistics.quantiles(ratios)
    print(
        f"speed with the app attached, against without, {'over SSH' if remote else 'local'}: "
        f"{statistics.median(ratios):.1f} %  ({low:.1f} to {high:.1f} in the middle half of "
        f"{pairs} pairs)",
        flush=True,
    )


def main(arguments: list[str] | None = None) -> None:
    """Measure and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--short", action="store_true")
    short = parser.parse_args(arguments).short
    seconds, pairs = (6.0, 4) if short else (30.0, 40)
    with tempfile.TemporaryDirectory(prefix="ttgpt-bench-") as folder:
        home = Path(folder)
        with training(home) as run:
            watched(run, home, seconds, remote=True)
            watched(run, home, seconds, remote=False)
            compared(run, home, pairs, remote=True)
            compared(run, home, pairs, remote=False)


if __name__ == "__main__":
    main()

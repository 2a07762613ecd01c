"""What twenty endless texts cost a training run in the same worker.

    python -m benchmarks.fair_worker [--short]

A true worker trains a small network on the bundled plays. In turn it trains alone, and while one
connection asks for twenty texts without an end from its live weights; steps a second are taken from
its own answers, so that a machine that is busy with other work slows both alike. Each pair of turns
gives a cost, by how much longer a step takes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import signal
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from ttgpt.engine import commands, presets
from ttgpt.engine.commands import Chunk, Generate
from ttgpt.engine.errors import EnvironmentNotReady
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.runs.starting import start_run
from ttgpt.tui.link import WorkerLink

_ASKED, _WANTED = 20, 0.15
_QUIET = {
    "train.max_steps": "1000000", "train.eval_interval": "1000000", "sample.interval": "0",
    "train.checkpoint_interval": "1000000", "train.log_interval": "1000",
}  # fmt: skip


class Texts:
    """Twenty requests for texts without an end, on a connection of their own."""

    def __init__(self) -> None:
        self.refused = 0
        self.tokens = 0
        self.told: list[float] = []
        """What the worker itself says of the cost, with each chunk."""

    @contextlib.asynccontextmanager
    async def coming(self, path: Path) -> AsyncIterator[None]:
        """Have them come, until hanging up."""
        link = await WorkerLink.connect(path)
        tasks = [asyncio.create_task(self._one(link, seed)) for seed in range(_ASKED)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await link.close()

    async def _one(self, link: WorkerLink, seed: int) -> None:
        try:
            async for part in link.generate(Generate("MARTHA:\n", seed=seed, max_new_tokens=10**6)):
                if isinstance(part, Chunk):
                    self.tokens += len(part.drawn)
                    self.told += [] if part.slowdown is None else [part.slowdown]
        except EnvironmentNotReady:
            self.refused += 1


async def step_seconds(link: WorkerLink, seconds: float) -> float:
    """Give the seconds of a step over some time."""
    begun, before = time.perf_counter(), (await link.request(commands.Status()))["step"]
    await asyncio.sleep(seconds)
    steps = (await link.request(commands.Status()))["step"] - before
    return float((time.perf_counter() - begun) / max(1, steps))


async def measure(run: RunFolder, pairs: int, seconds: float) -> tuple[list[float], float, Texts]:
    """Give the cost in each pair of turns, the median steps a second alone, and the texts."""
    path, texts, turns = run.socket_path(), Texts(), []
    link = await WorkerLink.connect(path, seconds=120.0)
    while (await link.request(commands.Status()))["step"] < 100:
        await asyncio.sleep(0.5)
    for number in range(2 * pairs + 1):  # alone at both ends, so that a drift evens out
        async with contextlib.AsyncExitStack() as stack:
            if number % 2:
                await stack.enter_async_context(texts.coming(path))
                await asyncio.sleep(1.0)  # until the copy of the weights is made
            turns.append(await step_seconds(link, seconds))
    await link.close()
    alone, beside = turns[::2], turns[1::2]
    around = [(a + b) / 2 for a, b in itertools.pairwise(alone)]
    costs = [one / other - 1 for one, other in zip(beside, around, strict=True)]
    return costs, 1 / statistics.median(alone), texts


def main(arguments: list[str] | None = None) -> None:
    """Train, ask, and print the cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    short = parser.parse_args(arguments).short
    pairs, seconds = (3, 3.0) if short else (10, 4.0)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TTGPT_RUNTIME_DIR"] = folder
        started = start_run(Path(folder), presets.load("demo"), settings=_QUIET, backend="torch")
        try:
            costs, steps, texts = asyncio.run(measure(started.run, pairs, seconds))
        finally:
            os.kill(started.process.pid, signal.SIGKILL)
            started.process.wait()
    print(
        f"{_ASKED} endless texts ({texts.refused // pairs} refused) beside a demo run of "
        f"{steps:.0f} steps/s: a step takes {100 * statistics.median(costs):+.0f} % "
        f"({100 * min(costs):+.0f} to {100 * max(costs):+.0f} %, {pairs} pairs)  "
        f"wanted at most {100 * _WANTED:.0f} %; "
        f"{texts.tokens / pairs / (seconds + 1):,.0f} tokens/s; the worker itself says "
        f"{100 * statistics.median(texts.told):.0f} %",
        flush=True,
    )


if __name__ == "__main__":
    main()

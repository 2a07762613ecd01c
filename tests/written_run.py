"""A run folder written by hand: events as a worker would write them, without a worker."""

from __future__ import annotations

import math
from pathlib import Path

from ttgpt.engine import events
from ttgpt.engine.config import DataConfig, ModelConfig, RunConfig, SampleConfig, TrainConfig
from ttgpt.engine.host.locks import Lock
from ttgpt.engine.runs.event_log import EventWriter
from ttgpt.engine.runs.rundir import RunFolder, create_run

TEXT = "What well, welcome, well of it in me, the man\narms. And thou hast done the shall.\n"


def opened(*, steps_done: int = 0, max_steps: int = 3000) -> events.Opened:
    return events.Opened(
        backend="torch",
        device="cpu",
        device_count=1,
        dtype="bfloat16",
        parameters=10_700_000,
        vocab_size=65,
        steps_done=steps_done,
        max_steps=max_steps,
        tokens_per_step=1024,
    )


def step(number: int, loss: float | None = None) -> events.Step:
    value = curve(number) if loss is None else loss
    return events.Step(number, number * 1024, value, 4.1e-4, 0.87, 277.0, 3696.0)


def evaluated(number: int, *, is_best: bool = True) -> events.Evaluated:
    value = curve(number)
    return events.Evaluated(number, value - 0.02, value + 0.1, 65_536, is_best)


def sample(number: int, text: str = TEXT) -> events.Sample:
    return events.Sample(number, "ROMEO:\n", text, 0.8, 40, 1.0, 1, 212.0)


def checkpoint(number: int, kind: str = "interval") -> events.Checkpoint:
    path = f"checkpoints/{number:06d}"
    return events.Checkpoint(number, path, 1000, curve(number), curve(number) + 0.1, kind)


def curve(number: int) -> float:
    """A loss as it usually falls."""
    return 1.45 + 2.7 * math.exp(-number / 350)


class WrittenRun:
    """A run that this process pretends to train."""

    def __init__(self, home: Path, name: str = "stage2", *, live: bool = True) -> None:
        config = RunConfig(
            model=ModelConfig(),
            train=TrainConfig(max_steps=3000),
            data=DataConfig(),
            sample=SampleConfig(),
        )
        self.folder: RunFolder = create_run(
            home,
            preset="shakespeare-stage2",
            preset_text="title: x\n",
            config=config,
            backend="torch",
            data=home / "data" / "nowhere",
            data_sha256="",
            name=name,
        )
        self._writer = EventWriter(self.folder.events)
        self._lock = Lock(self.folder.lock)
        if live:
            self._lock.acquire("a test")
            self.folder.update(state="running")

    def write(self, *items: events.Event) -> None:
        """Append events."""
        for item in items:
            self._writer.write(item)

    def train(self, last: int, *, first: int = 10) -> None:
        """Write what a worker writes from one step to another."""
        for number in range(first, last + 1, 10):
            self.write(step(number))
            if number % 250 == 0:
                self.write(events.Evaluating(number), evaluated(number))
                self.write(events.Sampling(number), sample(number))
            if number % 500 == 0:
                self.write(events.Saving(number), checkpoint(number))

    def vanish(self) -> None:
        """Be gone without a word, as after kill -9."""
        self._lock.release()

    def close(self) -> None:
        """Let go of the files."""
        self._lock.release()
        self._writer.close()

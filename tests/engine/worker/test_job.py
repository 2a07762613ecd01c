"""The training job's turns and commands, with a trainer that follows a script."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support import events_of, tiny_preset

from ttgpt.engine import commands, events
from ttgpt.engine.checkpoints.progress import Progress
from ttgpt.engine.errors import UsageError
from ttgpt.engine.events import Envelope, Event
from ttgpt.engine.runs.event_log import EventReader, EventWriter
from ttgpt.engine.runs.rundir import RunFolder, create_run
from ttgpt.engine.training.dial import Dial
from ttgpt.engine.training.trainer import UNSAVED, News
from ttgpt.engine.worker.job import Job
from ttgpt.engine.worker.journal import Journal


class Scripted:
    """A trainer that tells one event a turn, and does what is asked meanwhile in two turns."""

    def __init__(self, dial: Dial, script: Sequence[Event]) -> None:
        self.dial = dial
        self.script = script
        self.progress = Progress(step=7)
        self.max_steps, self.lr = 100, 1e-3
        self.told = 0

    def run(self) -> Iterator[News]:
        for event in self.script:
            self.told += 1
            if isinstance(event, events.Health) and event.kind == "save_failed":
                self.dial.paused = UNSAVED
            yield event

    def aside(self) -> Iterator[News]:
        if self.dial.wants_checkpoint:
            self.dial.wants_checkpoint = False
            yield events.Saving(7)
            yield events.Checkpoint(7, "x", 1, 1.0, 1.0, "asked")


class Bench:
    def __init__(self, home: Path, *script: Event) -> None:
        self.now = 0.0
        preset = tiny_preset()
        self.run: RunFolder = create_run(
            home,
            preset="tiny-test",
            preset_text=preset.text,
            config=preset.config,
            backend="torch",
            data=home / "data" / "harbour",
            data_sha256="",
            name=None,
        )
        self.dial = Dial(preset.config)
        self.trainer = Scripted(self.dial, script)
        found = SimpleNamespace(parameters=1000)
        session: Any = SimpleNamespace(describe=lambda: found)
        journal = Journal(self.run, EventWriter(self.run.events))
        self.job = Job(
            self.run,
            journal,
            session,
            cast(Any, None),
            cast(Any, self.trainer),
            self.dial,
            clock=lambda: self.now,
        )

    @property
    def told(self) -> list[str]:
        found = EventReader(self.run.events).poll()
        return [e.event.type for e in found if isinstance(e, Envelope)]


STEPS = [events.Saving(step) for step in range(1, 9)]
FAILED = events.Health("save_failed", "error", 7, "The disk is full.")
SAVING, SAVED = events.Saving(7), events.Checkpoint(7, "x", 1, 1.0, 1.0, "interval")


def test_a_paused_job_makes_no_turn_and_says_so_once(home: Path) -> None:
    bench = Bench(home, *STEPS)
    bench.job.obey(commands.Pause())
    for _ in range(3):
        bench.job.turn()
    assert bench.job.held
    assert bench.told == ["paused"]
    assert bench.run.info().state == "paused"
    bench.job.obey(commands.Resume())
    bench.job.turn()
    assert bench.told == ["paused", "resumed", "saving"]
    assert bench.run.info().state == "running"


def test_a_pause_taken_back_before_a_turn_is_not_told(home: Path) -> None:
    bench = Bench(home, *STEPS)
    bench.job.obey(commands.Pause())
    bench.job.obey(commands.Resume())
    bench.job.turn()
    assert bench.told == ["saving"]


def test_what_is_asked_while_paused_is_done_while_paused(home: Path) -> None:
    bench = Bench(home, *STEPS)
    bench.job.obey(commands.Pause())
    bench.job.turn()
    bench.job.obey(commands.SaveCheckpoint())
    assert not bench.job.held
    for _ in range(5):
        bench.job.turn()
    assert bench.told == ["paused", "saving", "checkpoint"]
    assert bench.job.held


def test_what_was_begun_while_paused_is_ended_before_training_goes_on(home: Path) -> None:
    bench = Bench(home, *STEPS)
    bench.job.obey(commands.Pause())
    bench.job.turn()
    bench.job.obey(commands.SaveCheckpoint())
    bench.job.turn()
    bench.job.obey(commands.Resume())
    for _ in range(3):
        bench.job.turn()
    assert bench.told == ["paused", "saving", "resumed", "checkpoint", "saving"]


def test_a_stop_ends_a_pause_without_a_word(home: Path) -> None:
    bench = Bench(home, events.Finished(7, "stopped"))
    bench.job.obey(commands.Pause())
    bench.job.turn()
    bench.job.obey(commands.Stop())
    bench.job.turn()
    assert bench.job.ended
    assert bench.told == ["paused", "finished"]
    assert bench.run.info().state == "stopped"
    with pytest.raises(UsageError, match="has ended"):
        bench.job.obey(commands.Pause())
    assert bench.job.obey(commands.Status())["step"] == 7


def set_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))


def test_a_run_that_could_not_save_goes_on_when_there_is_space(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(home, FAILED, SAVED, *STEPS)
    set_free(monkeypatch, 11_000)  # a checkpoint of 1,000 parameters takes 12,000 and more
    for _ in range(4):
        bench.job.turn()
        bench.now += 5.0
    assert bench.told == ["health", "paused"]
    set_free(monkeypatch, 20_000)
    bench.job.turn()
    assert bench.told == ["health", "paused", "resumed", "checkpoint"]
    assert events_of(bench.run, events.Resumed)[0].reason == "the disk takes it again"


def test_a_disk_with_space_that_takes_nothing_is_tried_less_and_less_and_told_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_free(monkeypatch, 10**9)
    tries = [event for _ in range(9) for event in (SAVING, FAILED)]
    bench = Bench(home, SAVING, FAILED, *tries, SAVING, SAVED, *STEPS)
    moments: list[float] = []
    while "resumed" not in bench.told:
        assert bench.now < 3600.0  # stands for seconds
        left = len(bench.trainer.script) - bench.trainer.told
        bench.job.turn()
        if len(bench.trainer.script) - bench.trainer.told < left:
            moments.append(bench.now)
        bench.now += 1.0
    assert bench.told == ["saving", "health", "paused", "resumed", "checkpoint"]
    waits = [b - a for a, b in itertools.pairwise(moments) if b - a > 2]
    assert waits == pytest.approx([5, 10, 20, 40, 80, 160, 300, 300, 300, 300], abs=3)
    assert bench.run.info().state == "running"


def test_a_pause_that_a_person_asked_for_is_left_to_the_person(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_free(monkeypatch, 0)
    bench = Bench(home, FAILED, *STEPS)
    for _ in range(2):
        bench.job.turn()
    bench.job.obey(commands.Pause())
    set_free(monkeypatch, 20_000)
    for _ in range(3):
        bench.now += 5.0
        bench.job.turn()
    assert bench.told == ["health", "paused"]
    assert bench.job.held


def test_a_run_that_diverges_is_held(home: Path) -> None:
    broken = events.Health("diverging", "error", 7, "diverging since step 5")
    bench = Bench(home, broken, *STEPS)
    for _ in range(4):
        bench.job.turn()
    assert bench.dial.paused == "the loss diverges"
    assert bench.told == ["health", "paused"]
    bench.job.obey(commands.Resume())
    for _ in range(len(STEPS)):
        bench.job.turn()
    assert bench.told == ["health", "paused", "resumed", *["saving"] * len(STEPS)]


def test_it_goes_on_where_it_is_not_to_be_held(home: Path) -> None:
    bench = Bench(home, events.Health("diverging", "error", 7, "diverging since step 5"), *STEPS)
    bench.job.obey(commands.Set("train.pause_on_divergence", False))
    for _ in range(3):
        bench.job.turn()
    assert bench.told == ["setting", "health", "saving", "saving"]

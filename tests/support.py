"""What several tests need: a tiny preset, a true run of it, and a way to wait."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ttgpt.engine import presets
from ttgpt.engine.events import Event
from ttgpt.engine.host.locks import read_owner
from ttgpt.engine.runs.event_log import Damaged, EventReader
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.runs.starting import StartedRun, start_run

T = TypeVar("T")
E = TypeVar("E", bound=Event)

TINY_PRESET = """\
title: Tiny test
summary: The smallest network that learns anything.
expect: Nothing.
model: {n_layer: 1, n_head: 2, n_embd: 16, block_size: 16, dropout: 0.1}
train: {batch_size: 4, max_steps: 40, lr: 1e-2, min_lr: 1e-3, warmup_steps: 5, log_interval: 5,
        eval_interval: 20, eval_tokens: 256, checkpoint_interval: 10,
        precision: float32, threads: 1}
data: {source: harbour}
sample: {interval: 20, prompts: ["MARTHA:\\n"], max_new_tokens: 20}
"""

WAIT_SECONDS = 60.0
"""Far more than anything here takes; a test that reaches it has failed."""


def wait_for(what: str, condition: Callable[[], T | None], seconds: float = WAIT_SECONDS) -> T:
    """Wait until a condition gives something true, and give that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited {seconds:g} s for {what}")


def tiny_preset(text: str = TINY_PRESET) -> presets.Preset:
    return presets.parse("tiny-test", text)


def start_tiny(home: Path, **settings: object) -> StartedRun:
    """Start a true worker on the tiny preset; settings are `train__max_steps=20`."""
    dotted = {name.replace("__", ".", 1): str(value) for name, value in settings.items()}
    return start_run(home, tiny_preset(), settings=dotted)


def events_of(run: RunFolder, kind: type[E]) -> list[E]:
    """Give all of a run's events of one kind."""
    found = [e for e in EventReader(run.events).poll() if not isinstance(e, Damaged)]
    return [e.event for e in found if isinstance(e.event, kind)]


def wait_for_event(run: RunFolder, kind: type[E], count: int = 1) -> E:
    """Wait for the count-th event of a kind."""

    def enough() -> list[E] | None:
        found = events_of(run, kind)
        return found if len(found) >= count else None

    return wait_for(f"{count} {kind.type}", enough)[count - 1]


def finish(started: StartedRun, seconds: float = WAIT_SECONDS) -> int:
    """Wait for a worker's end and give its exit code."""
    return started.process.wait(timeout=seconds)


def weights_hash(run: RunFolder, step: int) -> str:
    """Hash a checkpoint's weights and moments."""
    folder = run.checkpoints / f"{step:06d}"
    both = b"".join(
        (folder / n).read_bytes() for n in ("weights.safetensors", "optimizer.safetensors")
    )
    return hashlib.sha256(both).hexdigest()


def end_workers(folder: Path) -> None:
    """End what a failed test left running: a forgotten trainer would slow every test after it."""
    for lock in folder.glob("**/*.lock"):
        owner = read_owner(lock)
        if owner is not None and owner.pid != os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(owner.pid, signal.SIGKILL)

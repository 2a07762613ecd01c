"""A run as one row of the list: what `run.json` says, and a few of its events."""

from __future__ import annotations

import contextlib
import math
import os
import socket
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from ttgpt.engine import events, wire
from ttgpt.engine.errors import DataError
from ttgpt.engine.runs import labels
from ttgpt.engine.runs.rundir import LIVE_STATES, RunFolder, RunInfo

from .spread import GLANCE, last_lines, spread_lines

DAMAGED = "damaged"
UNREACHABLE = "unreachable"
EVALUATED_OR_OPENED = (b'"type":"evaluated"', b'"type":"opened"')
"""What tells the lines of evaluations, and of the worker that goes on or back."""
_ANSWER_SECONDS = 0.3


@dataclass(frozen=True)
class Glance:
    """What the list shows of a run."""

    run: RunFolder
    name: str
    id: str
    state: str
    """starting, running, paused, finished, stopped, failed, crashed, unreachable or damaged."""
    preset: str = ""
    device: str = ""
    created: float = 0.0
    touched: float = 0.0
    """Unix time of its newest event."""
    step: int = 0
    max_steps: int = 0
    val_loss: float | None = None
    curve: tuple[float, ...] = ()
    """Training losses from the first to the newest, a few of them."""
    bytes: int = 0
    """On disk, with all checkpoints."""
    note: str = ""

    @property
    def is_live(self) -> bool:
        """Whether a worker has it in hand, as far as one can tell."""
        return self.state in LIVE_STATES or self.state == UNREACHABLE


class _Reading:
    """Adds up what a few events say; steps between them may be missing."""

    def __init__(self) -> None:
        self.step = self.max_steps = 0
        self.losses: list[tuple[int, float]] = []
        self.evaluations: list[tuple[int, float]] = []

    @property
    def val_loss(self) -> float | None:
        """The newest one."""
        return self.evaluations[-1][1] if self.evaluations else None

    def take(self, event: events.Event) -> None:
        if isinstance(event, events.Opened):
            self.step, self.max_steps = event.steps_done, event.max_steps
            del self.losses[bisect_right(self.losses, (event.steps_done, math.inf)) :]
            self.take_evaluation(event)
        elif isinstance(event, events.Step):
            self.step = event.step
            self.losses.append((event.step, event.loss))
        elif isinstance(event, events.Evaluated):
            self.take_evaluation(event)
        elif isinstance(event, events.Setting) and event.name.endswith("max_steps"):
            self.max_steps = event.new if isinstance(event.new, int) else self.max_steps
        elif isinstance(event, (events.Paused, events.Finished)):
            self.step = event.step

    def take_evaluation(self, event: events.Event) -> None:
        """Take what an event says of evaluations; the same ones may be taken again."""
        if isinstance(event, events.Opened):
            self._forget_evaluations(event.steps_done)  # the run went back to there
        elif isinstance(event, events.Evaluated):
            self._forget_evaluations(event.step - 1)
            self.evaluations.append((event.step, event.val_loss))

    def _forget_evaluations(self, last: int) -> None:
        self.evaluations = [found for found in self.evaluations if found[0] <= last]


def state_word(state: str) -> str:
    """Give the word for a state."""
    return "training" if state == "running" else state


def glance(run: RunFolder) -> Glance:
    """Look at a run, reading no more than a little of it; never raises."""
    try:
        info, state = run.info(), standing(run)
    except DataError:
        return Glance(run, run.name, run.path.name, DAMAGED, bytes=size_on_disk(run.path))
    seen = _read(run)
    return Glance(
        run=run,
        name=info.name,
        id=info.id,
        state=state,
        preset=info.preset,
        device=info.device,
        created=info.created,
        touched=_touched(run),
        step=seen.step,
        max_steps=info.max_steps or seen.max_steps,
        val_loss=seen.val_loss,
        curve=tuple(loss for _, loss in seen.losses),
        bytes=size_on_disk(run.path),
        note=labels.read_note(run),
    )


def standing(run: RunFolder) -> str:
    """Judge a run as its folder does, and say where its worker cannot be reached from here.

    Raises:
        DataError: Its `run.json` is missing or damaged.
    """
    info, state = run.info(), run.state()
    if state == "crashed" and _is_elsewhere(info):
        return UNREACHABLE  # its process cannot be seen from this host: it may well live
    if state in ("running", "paused") and not answers(run):
        # It may have ended between the two looks.
        return UNREACHABLE if run.state() == state else run.state()
    return state


def answers(run: RunFolder) -> bool:
    """Say whether a worker listens on the run's socket; a busy one does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(_ANSWER_SECONDS)
        try:
            line.connect(str(run.socket_path()))
        except OSError:
            return False
    return True


def size_on_disk(folder: Path) -> int:
    """Add up the bytes of all files below a folder; what vanishes meanwhile counts nothing."""
    total, waiting = 0, [os.fspath(folder)]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
    return total


def _is_elsewhere(info: RunInfo) -> bool:
    return bool(info.host) and info.host != socket.gethostname()


def _touched(run: RunFolder) -> float:
    try:
        return run.events.stat().st_mtime
    except OSError:
        return 0.0


def _read(run: RunFolder) -> _Reading:
    seen = _Reading()
    try:
        for line in spread_lines(run.events, GLANCE):
            # Samples are long and say nothing here.
            if b'"type":"sample"' not in line:
                with contextlib.suppress(wire.DecodeError):
                    seen.take(events.decode(line).event)
        _find_evaluation(run, seen)
    except OSError:
        pass  # it has no events yet, or is being moved away
    return seen


def _find_evaluation(run: RunFolder, seen: _Reading) -> None:
    """Look further back for the newest evaluation of a long run: what was read may hold an old one.

    The farthest look is long, and only taken where the nearer ones find nothing.
    """
    if run.events.stat().st_size <= GLANCE.total:
        return
    for most in (1 << 16, 1 << 20, 1 << 22):
        is_found = False
        for line in last_lines(run.events, *EVALUATED_OR_OPENED, most=most):
            with contextlib.suppress(wire.DecodeError):
                event = events.decode(line).event
                seen.take_evaluation(event)
                is_found |= isinstance(event, events.Evaluated)
        if is_found and seen.evaluations:
            return

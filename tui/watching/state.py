"""All that the screen knows of a run: one plain object, made by applying its events in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

from ttgpt.engine import events
from ttgpt.engine.runs.event_log import Damaged
from ttgpt.engine.runs.step_lines import StepLines, one

from .history import History
from .pace import Pace
from .series import Series, Smoothed, smoothed
from .standing import Standing
from .thinning import thinned_evaluations, thinned_samples

ENDED = ("finished", "stopped", "failed", "crashed")
"""Phases in which no worker has the run in hand."""

_MOST_EVALUATIONS = 2048
_MOST_SAMPLES = 512
_MEMORY = 0.8
_FORGOTTEN = 64
"""Values after which nothing is left of what an average was before."""
_STOPPED_BY = ("stopped", "signal", "aborted")


@dataclass(frozen=True)
class Notice:
    """Something to read: a finding about the run, or about its file of events."""

    level: str
    """info, warning or error."""
    text: str
    step: int | None = None
    evidence: str = ""


@dataclass(frozen=True)
class Change:
    """A setting that was changed while the run was live."""

    step: int
    name: str
    old: Any
    new: Any


class RunState:
    """What is known of a run after the events so far."""

    def __init__(self) -> None:
        self.phase = "starting"
        """starting, compiling, training, evaluating, sampling, saving, paused, stopping, finished,
        stopped, stalled, failed or crashed."""
        self.phase_since = 0.0
        """Unix time at which the phase began; 0 when unknown."""
        self.waits_for = ""
        """What the phase waits for, in the worker's words; often empty."""
        self.opened: events.Opened | None = None
        self.step = 0
        self.max_steps = 0
        self.newest: events.Step | None = None
        self.history = History()
        self.train_loss: float | None = None
        """Moving average of the logged losses; NaN where the newest is not finite."""
        self.pace = Pace()
        self.evaluations: list[events.Evaluated] = []
        self.samples: list[events.Sample] = []
        self.checkpoints: deque[events.Checkpoint] = deque(maxlen=512)
        self.notices: deque[Notice] = deque(maxlen=100)
        self.standing = Standing()
        self.changes: deque[Change] = deque(maxlen=256)
        self.pauses: deque[int] = deque(maxlen=256)
        """Steps after which training was held."""
        self.telemetry: list[dict[str, Any]] = []
        self.restarts: list[int] = []
        """Steps from which the run was continued by another worker."""
        self.failure: events.Failed | None = None
        self.finish: events.Finished | None = None
        self.crash = ""
        """Why the worker is gone, when it left without a word."""
        self.last_seq = 0
        self.heard_at = 0.0
        """Unix time of the newest event, a chip's readings left out; 0 before the first."""
        self.is_paused = False
        """Whether training is held, whatever is done meanwhile."""
        self.is_stopping = False
        """Whether the worker was asked to stop."""
        self._smoothed = Smoothed(_MEMORY)
        self._is_open = False
        self._before_stall = self.phase, self.waits_for

    @property
    def is_live(self) -> bool:
        """Whether a worker has the run in hand, as far as the events tell."""
        return self.phase not in ENDED

    @property
    def overdue(self) -> str:
        """What a stalled run owes, in words."""
        what = self._before_stall[0]
        if what in ("training", "stopping"):
            return "steps are due and none comes"
        return f"nothing is heard any more while {what}"

    @property
    def is_open(self) -> bool:
        """Whether the worker of now has opened the run, and answers."""
        return self.is_live and self._is_open

    @property
    def raw(self) -> Series:
        """The logged losses."""
        return self.history.loss

    @property
    def elapsed(self) -> float:
        """Seconds of training until the newest step, pauses left out."""
        return self.history.clock.now

    @property
    def best(self) -> events.Evaluated | None:
        """The evaluation with the lowest validation loss."""
        return next((found for found in reversed(self.evaluations) if found.is_best), None)

    @property
    def seconds_left(self) -> float | None:
        """Estimated time to the last step."""
        return self.pace.seconds_left(max(0, self.max_steps - self.step))

    def apply(self, item: events.Envelope | StepLines | Damaged) -> None:
        """Take in an event, many logged steps, or the news that a line could not be read."""
        if isinstance(item, StepLines):
            self._take_steps(item)
            return
        if isinstance(item, Damaged):
            text = f"A line of events.jsonl cannot be read (byte {item.offset}): {item.reason}."
            self.notices.append(Notice("warning", text))
            return
        self.last_seq = item.seq
        if not isinstance(item.event, events.Telemetry):
            self.heard_at = item.t
        before = self.phase
        self._take(item.event, item)
        if self.phase != before:
            self.phase_since = item.t

    @property
    def kept(self) -> Sequence[events.Event]:
        """All events that are kept as they came, for `recall`."""
        return (*self.evaluations, *self.samples, *self.checkpoints)

    def recall(self, history: History, kept: Sequence[events.Event]) -> None:
        """Take curves and kept events for those of what was applied: that was a part of them."""
        self.history = history
        self.evaluations = [found for found in kept if isinstance(found, events.Evaluated)]
        self.samples = [found for found in kept if isinstance(found, events.Sample)]
        self.checkpoints.clear()
        self.checkpoints.extend(found for found in kept if isinstance(found, events.Checkpoint))

    def starting(self, now: float = 0.0) -> None:
        """Note that a worker was started, at this Unix time, and has not spoken yet."""
        self.phase, self.waits_for, self.crash = "starting", "", ""
        self.phase_since = now
        self.is_paused = self.is_stopping = self._is_open = False

    def stopping(self) -> None:
        """Note that the worker was asked to stop; it may have ended before this is known."""
        if self.is_live:
            self.is_stopping = True
            self._go_on()

    def stalled(self) -> None:
        """Note that news is due and none came for long; the next event ends that."""
        self._before_stall = self.phase, self.waits_for
        self.phase, self.waits_for, self.phase_since = "stalled", "", self.heard_at

    def busy(self, waits_for: str = "") -> None:
        """Note that the worker answers though no news came: it is still at what it did."""
        if self.phase == "stalled":
            self.phase, before = self._before_stall
            self.waits_for = waits_for or before

    def crashed(self, why: str) -> None:
        """Note that the worker is gone without having ended the run."""
        self.phase, self.waits_for, self.crash = "crashed", "", why

    def ended(self, word: str) -> None:
        """Note that run.json has it finished, stopped or failed, and no event that can be read."""
        untold = "its events do not tell of the end; its run.json does"
        self.notices.append(Notice("warning", f"The run is {word}: {untold}.", self.step))
        if word == "failed":
            self.failure = events.Failed(self.step, "", f"The run failed: {untold}.")
            self._reach(self.step, word)
            return
        reason = "stopped" if word == "stopped" else "max_steps"
        self.finish = events.Finished(self.step, reason)
        self._reach(self.step, word)

    @singledispatchmethod
    def _take(self, event: events.Event, envelope: events.Envelope) -> None:
        pass  # closed: the run has ended before, and has said how

    @_take.register
    def _(self, event: events.Opened, envelope: events.Envelope) -> None:
        self.history.restarted(event.steps_done, envelope.mono)
        if self.opened is not None or event.steps_done:
            self._drop_after(event.steps_done)
            self._smoothed.restart_from(self._average_so_far())
            self.restarts = [step for step in self.restarts if step < event.steps_done]
            self.restarts.append(event.steps_done)
        self.standing.restart(event.steps_done)
        if event.note:
            self.notices.append(Notice("info", event.note, event.steps_done))
        self.opened, self.step, self.max_steps = event, event.steps_done, event.max_steps
        self.failure = self.finish = None
        self.pace = Pace()
        self.starting(envelope.t)
        self._is_open = True
        self._go_on()

    @_take.register
    def _(self, event: events.Compiling, envelope: events.Envelope) -> None:
        if not self.is_live:
            self.starting(envelope.t)
        self.phase = "compiling" if self._is_open else "starting"
        self.waits_for = event.what

    @_take.register
    def _(self, event: events.Tuned, envelope: events.Envelope) -> None:
        self.notices.append(Notice("info", event.text, event.step))
        self.pace = Pace()
        self._go_on()

    @_take.register
    def _(self, event: events.Step, envelope: events.Envelope) -> None:
        self._take_steps(one(envelope))

    @_take.register
    def _(self, event: events.Evaluating, envelope: events.Envelope) -> None:
        self._reach(event.step, "evaluating")

    @_take.register
    def _(self, event: events.Evaluated, envelope: events.Envelope) -> None:
        if self.evaluations and self.evaluations[-1].step == event.step:
            self.evaluations.pop()
        self.evaluations.append(event)
        if len(self.evaluations) > _MOST_EVALUATIONS:
            self.evaluations = thinned_evaluations(self.evaluations, self.best)
        self._go_on()

    @_take.register
    def _(self, event: events.Sampling, envelope: events.Envelope) -> None:
        self._reach(event.step, "sampling")

    @_take.register
    def _(self, event: events.Sample, envelope: events.Envelope) -> None:
        self.samples.append(event)
        if len(self.samples) > _MOST_SAMPLES:
            self.samples = thinned_samples(self.samples)
        self._go_on()

    @_take.register
    def _(self, event: events.Saving, envelope: events.Envelope) -> None:
        self._reach(event.step, "saving")

    @_take.register
    def _(self, event: events.Checkpoint, envelope: events.Envelope) -> None:
        self.checkpoints.append(event)
        self._go_on()

    @_take.register
    def _(self, event: events.Paused, envelope: events.Envelope) -> None:
        self.is_paused, self.is_stopping = True, False
        self.pauses.append(event.step)
        self.pace.paused(envelope.mono)
        self.history.clock.paused(envelope.mono)
        self._reach(event.step, "paused")

    @_take.register
    def _(self, event: events.Resumed, envelope: events.Envelope) -> None:
        self.is_paused = False
        self.pace.resumed(envelope.mono)
        self.history.clock.resumed(envelope.mono)
        self._go_on()

    @_take.register
    def _(self, event: events.Finished, envelope: events.Envelope) -> None:
        self.finish = event
        self._reach(event.step, "stopped" if event.reason in _STOPPED_BY else "finished")

    @_take.register
    def _(self, event: events.Failed, envelope: events.Envelope) -> None:
        if event.is_refusal and self.finish is not None:
            text = " ".join(event.message.split())
            self.notices.append(Notice("error", f"It did not go on: {text}", self.step))
            self._take(self.finish, envelope)
            return
        self.failure = event
        self._reach(max(self.step, event.step), "failed")

    @_take.register
    def _(self, event: events.Setting, envelope: events.Envelope) -> None:
        if event.name.rpartition(".")[2] == "max_steps" and isinstance(event.new, int):
            self.max_steps = event.new
        self.changes.append(Change(self.step, event.name, event.old, event.new))
        text = f"{event.name} is now {event.new} (was {event.old})."
        self.notices.append(Notice("info", text, self.step))

    @_take.register
    def _(self, event: events.Health, envelope: events.Envelope) -> None:
        if event.kind == "save_failed":
            self._wait_before_the_end()
        if not self.standing.take(event):
            self.notices.append(Notice(event.level, event.text, event.step, event.evidence))

    @_take.register
    def _(self, event: events.Telemetry, envelope: events.Envelope) -> None:
        self.telemetry = event.chips
        self.history.measured(self.step, event.chips)

    @_take.register
    def _(self, event: events.Unknown, envelope: events.Envelope) -> None:
        text = f"The worker told of {event.name!r}, which this version does not know."
        self.notices.append(Notice("info", text, self.step))

    def _take_steps(self, lines: StepLines) -> None:
        event = lines.last.event
        assert isinstance(event, events.Step)
        before = self.phase
        self.step, self.newest, self.last_seq = event.step, event, lines.last.seq
        self.heard_at = lines.last.t
        self.history.stepped(lines)
        for value in lines.loss[-_FORGOTTEN:]:
            self.train_loss = self._smoothed.add(value)
        self.pace.logged(lines)
        self._go_on()
        if self.phase != before:
            self.phase_since = lines.last.t

    def _average_so_far(self) -> float | None:
        found = smoothed(self.raw, _MEMORY)
        return found[-1][1] if found else None

    def _reach(self, step: int, phase: str) -> None:
        self.step, self.phase, self.waits_for = step, phase, ""

    def _go_on(self) -> None:
        """Leave a passing phase for what holds meanwhile."""
        held = "paused" if self.is_paused else "training"
        self.phase, self.waits_for = "stopping" if self.is_stopping else held, ""

    def _wait_before_the_end(self) -> None:
        """A worker that cannot save what it should end with waits; it can be asked anew."""
        self.is_stopping = False
        if self.is_live:
            self._go_on()

    def _drop_after(self, step: int) -> None:
        self.evaluations = [found for found in self.evaluations if found.step <= step]
        self.samples = [found for found in self.samples if found.step <= step]
        changed = [found for found in self.changes if found.step <= step]
        self.changes = deque(changed, maxlen=self.changes.maxlen)
        held = [found for found in self.pauses if found <= step]
        self.pauses = deque(held, maxlen=self.pauses.maxlen)
        kept = [found for found in self.checkpoints if found.step <= step]
        self.checkpoints = deque(kept, maxlen=self.checkpoints.maxlen)
        # A setting is what it was again; a warning may be of the host, and stays.
        told = [n for n in self.notices if n.level != "info" or n.step is None or n.step <= step]
        self.notices = deque(told, maxlen=self.notices.maxlen)

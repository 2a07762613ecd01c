"""What a worker tells the world: one frozen dataclass for each kind of event.

An event is a line of `events.jsonl`. Its envelope says when it happened and in which order; its
`type` names the class; the other keys are the class's fields. A reader ignores fields that it does
not know, so that a newer worker can be watched by an older app.

A loss that is not finite travels as null and is read back as NaN.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from . import wire

FORMAT_VERSION = 1

LATEST = 2e11
"""Unix time in seconds, in the year 8307; later moments have no date."""
LARGEST_COUNT = 1 << 53
LARGEST_NUMBER = 1e100
"""Beyond what any training logs; what adds or squares smaller ones stays finite."""

_KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "int": ("a number", lambda value: type(value) is int and abs(value) < LARGEST_COUNT),
    "float": (
        "a number",
        lambda value: type(value) in (int, float) and not abs(value) > LARGEST_NUMBER,
    ),
    "str": ("a text", lambda value: isinstance(value, str)),
    "bool": ("yes or no", lambda value: isinstance(value, bool)),
    "dict[str, Any]": ("a table", lambda value: isinstance(value, dict)),
    "dict[str, str]": ("a table", lambda value: isinstance(value, dict)),
    "list[dict[str, Any]]": (
        "a list of tables",
        lambda value: isinstance(value, list) and all(isinstance(item, dict) for item in value),
    ),
    "Any": ("", lambda value: True),
}
"""For each declared type, as the source writes it, its words and whether a value is of it."""


class Event:
    """Base of all events; `type` is the name on the wire."""

    type: ClassVar[str]


@dataclass(frozen=True)
class Envelope:
    """An event with the moment and the place in the order at which it was written."""

    seq: int
    t: float
    """Unix time in seconds."""
    mono: float
    """The worker's monotonic clock in seconds: differences are true even when the clock jumps."""
    event: Event


@dataclass(frozen=True)
class Opened(Event):
    """A worker opened its device for this run; also the mark of a resume."""

    type: ClassVar[str] = "opened"
    backend: str
    device: str
    device_count: int
    dtype: str
    parameters: int
    vocab_size: int
    steps_done: int
    max_steps: int
    tokens_per_step: int
    numerics: dict[str, Any] = field(default_factory=dict)
    """Whatever changes rounding: precision, threads, library build."""
    versions: dict[str, str] = field(default_factory=dict)
    pid: int = 0
    note: str = ""
    """One sentence on how the steps are done, such as why they are not compiled."""


@dataclass(frozen=True)
class Compiling(Event):
    """Something is being compiled or opened, and training waits for it."""

    type: ClassVar[str] = "compiling"
    what: str


@dataclass(frozen=True)
class Tuned(Event):
    """A compiled step took over in mid-run: in logs of earlier versions alone."""

    type: ClassVar[str] = "tuned"
    step: int
    text: str


@dataclass(frozen=True)
class Step(Event):
    """One logged optimizer step."""

    type: ClassVar[str] = "step"
    step: int
    tokens: int
    """Tokens seen since the run began."""
    loss: float
    """Mean cross-entropy of this step's batch, in nats per token."""
    lr: float
    grad_norm: float
    """L2 norm of the gradient before clipping."""
    ms: float
    """Milliseconds a step, the mean over the steps since the last logged one."""
    tokens_per_s: float


@dataclass(frozen=True)
class Evaluating(Event):
    """An evaluation began: a phase, so that a pause in the steps has a name."""

    type: ClassVar[str] = "evaluating"
    step: int


@dataclass(frozen=True)
class Evaluated(Event):
    """Losses on the fixed evaluation windows, in nats per token."""

    type: ClassVar[str] = "evaluated"
    step: int
    train_loss: float
    val_loss: float
    tokens: int
    """Validation tokens that the figure rests on."""
    is_best: bool


@dataclass(frozen=True)
class Sampling(Event):
    """A sample is being drawn."""

    type: ClassVar[str] = "sampling"
    step: int


@dataclass(frozen=True)
class Sample(Event):
    """Text that the model wrote, after the prompt."""

    type: ClassVar[str] = "sample"
    step: int
    prompt: str
    text: str
    temperature: float
    top_k: int
    top_p: float
    seed: int
    tokens_per_s: float
    known_words: float = math.nan
    """Share of its words of three letters or more that occur in the run's text."""
    repeated: float = math.nan
    """Share of its 4-grams of words that occurred before in it."""


@dataclass(frozen=True)
class Saving(Event):
    """A checkpoint is being written."""

    type: ClassVar[str] = "saving"
    step: int


@dataclass(frozen=True)
class Checkpoint(Event):
    """A checkpoint is whole and on disk."""

    type: ClassVar[str] = "checkpoint"
    step: int
    path: str
    """Relative to the run folder."""
    bytes: int
    train_loss: float
    val_loss: float
    kind: str
    """interval, best, milestone, asked or final."""


@dataclass(frozen=True)
class Setting(Event):
    """A value was changed while the run was live."""

    type: ClassVar[str] = "setting"
    name: str
    old: Any
    new: Any
    by: str = "user"


@dataclass(frozen=True)
class Health(Event):
    """A finding about the run, with the evidence for it."""

    type: ClassVar[str] = "health"
    kind: str
    level: str
    """info, warning or error."""
    step: int
    text: str
    evidence: str = ""
    advice: str = ""
    """What people do about it."""
    since: int = -1
    """The step at which it began; -1 where it is of one moment."""
    is_over: bool = False
    """Whether it told of this earlier, and it no longer holds."""


@dataclass(frozen=True)
class Paused(Event):
    """Training waits for `resume`."""

    type: ClassVar[str] = "paused"
    step: int
    reason: str = ""


@dataclass(frozen=True)
class Resumed(Event):
    """Training goes on after `paused`."""

    type: ClassVar[str] = "resumed"
    step: int
    reason: str = ""


@dataclass(frozen=True)
class Finished(Event):
    """Training ended in good order; the last checkpoint is on disk."""

    type: ClassVar[str] = "finished"
    step: int
    reason: str
    """max_steps, early_stop, stopped, signal or aborted."""


@dataclass(frozen=True)
class Failed(Event):
    """Training ended by an error."""

    type: ClassVar[str] = "failed"
    step: int
    kind: str
    """The error's class."""
    message: str
    trace: str = ""
    exit_status: int = 1
    last_checkpoint: str = ""
    is_refusal: bool = False
    """Whether a run that had ended did not begin again: it is what it was."""


@dataclass(frozen=True)
class Closed(Event):
    """The device is closed and the worker ends."""

    type: ClassVar[str] = "closed"
    reason: str = ""


@dataclass(frozen=True)
class Telemetry(Event):
    """Readings of each chip; a value that the driver does not give is null."""

    type: ClassVar[str] = "telemetry"
    chips: list[dict[str, Any]]


@dataclass(frozen=True)
class Unknown(Event):
    """An event of a type that this version does not know; shown as a notice."""

    type: ClassVar[str] = "unknown"
    name: str
    fields: dict[str, Any]


EVENT_TYPES: dict[str, type[Event]] = {
    kind.type: kind for kind in Event.__subclasses__() if kind is not Unknown
}


def encode(envelope: Envelope) -> bytes:
    """Turn an event into its line, newline included."""
    event = envelope.event
    fields = dict(event.fields) if isinstance(event, Unknown) else _fields_of(event)
    name = event.name if isinstance(event, Unknown) else event.type
    head = {"v": FORMAT_VERSION, "seq": envelope.seq, "t": envelope.t, "mono": envelope.mono}
    return wire.to_line({**head, "type": name, **fields})


def decode(line: bytes) -> Envelope:
    """Turn a line into an event.

    Raises:
        DecodeError: The line is damaged, or an event it names lacks a field.
    """
    fields = wire.from_line(line)
    try:
        seq, t, mono = int(fields.pop("seq")), float(fields.pop("t")), float(fields.pop("mono"))
        name = str(fields.pop("type"))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise wire.DecodeError(f"no envelope: {error!r}", line) from error
    if not (0 <= seq < LARGEST_COUNT and 0 <= t < LATEST and abs(mono) < LATEST):
        raise wire.DecodeError("no envelope: its number or time is none", line)
    fields.pop("v", None)
    kind = EVENT_TYPES.get(name)
    if kind is None:
        return Envelope(seq, t, mono, Unknown(name, fields))
    return Envelope(seq, t, mono, _build(kind, fields, line))


def _fields_of(event: Event) -> dict[str, Any]:
    assert dataclasses.is_dataclass(event)
    # Not dataclasses.asdict: it copies deeply, and is the slowest thing in a fast training loop.
    return {f.name: getattr(event, f.name) for f in dataclasses.fields(event)}


def _build(kind: type[Event], fields: dict[str, Any], line: bytes) -> Event:
    assert dataclasses.is_dataclass(kind)
    values = {}
    for f in dataclasses.fields(kind):
        if f.name in fields:
            value = fields[f.name]
            value = math.nan if value is None and f.type == "float" else value
            words, fits = _KINDS[str(f.type)]
            if not fits(value):
                raise wire.DecodeError(f"{kind.type}.{f.name} is not {words} that a run has", line)
            values[f.name] = value
    try:
        return kind(**values)
    except TypeError as error:
        raise wire.DecodeError(f"{kind.type}: {error}", line) from error

"""What the app asks of a worker, and how it is answered.

Requests, replies and chunks are JSON lines on the run's Unix socket. A request has an id that the
sender chooses; its one reply, and the chunks of a token stream before that, carry the same id.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from . import wire
from .config import MOST, REPETITION_PENALTY, TEMPERATURE, TOP_K, TOP_P, Checked, option
from .convert import convert_fields
from .errors import TtgptError, UsageError, nearest

MOST_SAMPLES = 64
"""Texts that one request makes."""
MOST_NEW_TOKENS = 10**6
_HIGHEST_ID = _HIGHEST_SEED = 2**63 - 1


class Command(Checked):
    """Base of all commands; `type` is the name on the wire."""

    type: ClassVar[str]


@dataclass(frozen=True)
class Pause(Command):
    """Hold training after the current step."""

    type: ClassVar[str] = "pause"


@dataclass(frozen=True)
class Resume(Command):
    """Go on after `pause`."""

    type: ClassVar[str] = "resume"


@dataclass(frozen=True)
class Stop(Command):
    """Save a checkpoint after the current step, then end."""

    type: ClassVar[str] = "stop"


@dataclass(frozen=True)
class Abort(Command):
    """End after the current step without saving."""

    type: ClassVar[str] = "abort"


@dataclass(frozen=True)
class SaveCheckpoint(Command):
    """Save a checkpoint after the current step and keep it for good."""

    type: ClassVar[str] = "checkpoint"


@dataclass(frozen=True)
class DrawSample(Command):
    """Draw the run's samples after the current step."""

    type: ClassVar[str] = "sample"


@dataclass(frozen=True)
class Set(Command):
    """Change a live setting of the training job; `training.dial.SETTABLE` lists the names."""

    type: ClassVar[str] = "set"
    name: str
    value: Any


@dataclass(frozen=True)
class Snapshot(Command):
    """Hold a copy of the live weights as they are now; the answer's `step` names it.

    Several requests that give this `live_step` then come from one set of weights.
    """

    type: ClassVar[str] = "snapshot"


@dataclass(frozen=True)
class Generate(Command):
    """Write text. The reply comes at the end; chunks with the tokens come before it."""

    type: ClassVar[str] = "generate"
    prompt: str = ""
    checkpoint: str = ""
    """Folder of a checkpoint; empty for the live weights of the training job."""
    temperature: float = option(0.8, **TEMPERATURE)
    top_k: int = option(40, **TOP_K)
    top_p: float = option(1.0, **TOP_P)
    seed: int = option(-1, low=-1, high=_HIGHEST_SEED)
    """-1 draws one and reports it."""
    max_new_tokens: int = option(300, low=1, high=MOST_NEW_TOKENS)
    num_samples: int = option(1, low=1, high=MOST_SAMPLES)
    """Sample i draws with seed + i."""
    repetition_penalty: float = option(1.0, **REPETITION_PENALTY)
    stop: str = ""
    """A sample ends once it has written this; empty is off."""
    ids: tuple[int, ...] = option((), low=0, high=MOST)
    """Tokens written after the prompt before: the text goes on as if it had never ended."""
    untrained: bool = False
    """Write with the weights that the checkpoint's run began with."""
    backend: str = ""
    """Empty is the worker's own."""
    live_step: int = option(-1, low=-1, high=MOST)
    """Which live weights, by their `snapshot`; -1 takes those of the text's beginning."""


@dataclass(frozen=True)
class Adjust(Command):
    """Change the sampling of a running generation from its next token on."""

    type: ClassVar[str] = "adjust"
    target: int = option(low=0, high=_HIGHEST_ID)
    """The id of the `generate` request."""
    temperature: float | None = option(None, **TEMPERATURE)
    top_k: int | None = option(None, **TOP_K)
    top_p: float | None = option(None, **TOP_P)
    repetition_penalty: float | None = option(None, **REPETITION_PENALTY)


@dataclass(frozen=True)
class Cancel(Command):
    """End a running generation; its reply says how far it came."""

    type: ClassVar[str] = "cancel"
    target: int = option(low=0, high=_HIGHEST_ID)


@dataclass(frozen=True)
class Inspect(Command):
    """Give the likeliest next tokens after a text, before and after the sampling cuts."""

    type: ClassVar[str] = "inspect"
    text: str
    checkpoint: str = ""
    temperature: float = option(0.8, **TEMPERATURE)
    top_k: int = option(40, **TOP_K)
    top_p: float = option(1.0, **TOP_P)
    count: int = option(10, low=1, high=MOST)
    repetition_penalty: float = option(1.0, **REPETITION_PENALTY)
    ids: tuple[int, ...] = option((), low=0, high=MOST)
    """Tokens written after the text."""
    drawn: int = option(-1, low=-1, high=MOST)
    """A token to tell of even where it is not among the likeliest; -1 is none."""
    untrained: bool = False
    backend: str = ""
    live_step: int = option(-1, low=-1, high=MOST)


@dataclass(frozen=True)
class Status(Command):
    """Say what the worker is doing."""

    type: ClassVar[str] = "status"


@dataclass(frozen=True)
class Shutdown(Command):
    """End a worker that only generates; refused while a training job runs."""

    type: ClassVar[str] = "shutdown"


COMMAND_TYPES: dict[str, type[Command]] = {kind.type: kind for kind in Command.__subclasses__()}


@dataclass(frozen=True)
class Request:
    """A command with the id under which it is answered."""

    id: int
    command: Command

    def encode(self) -> bytes:
        """Turn the request into its line, without defaults: an older worker may not know them."""
        assert dataclasses.is_dataclass(self.command)
        fields = {
            f.name: value
            for f in dataclasses.fields(self.command)
            if (value := getattr(self.command, f.name)) != f.default
        }
        return wire.to_line({"id": self.id, "type": self.command.type, **fields})


@dataclass(frozen=True)
class Reply:
    """The one answer to a request."""

    id: int
    result: dict[str, Any] = field(default_factory=dict)
    error: TtgptError | None = None

    def encode(self) -> bytes:
        """Turn the reply into its line."""
        if self.error is not None:
            return wire.to_line({"id": self.id, "ok": False, "error": self.error.to_dict()})
        return wire.to_line({"id": self.id, "ok": True, "result": self.result})


class Drawn(NamedTuple):
    """One token of a stream."""

    id: int
    characters: int
    """How many characters of the chunk's text it added; 0 inside of one."""
    surprise: float
    """-ln of its chance by the model alone, in nats."""


@dataclass(frozen=True)
class Chunk:
    """Some tokens of a stream, as text."""

    id: int
    sample: int
    """Which of the request's samples this belongs to, from 0."""
    text: str
    tokens: int
    """Tokens of this sample so far, this chunk included."""
    drawn: tuple[Drawn, ...] = ()
    """The chunk's tokens."""
    slowdown: float | None = None
    """By what share drawing tokens lengthens a training step; None when nothing trains."""

    def encode(self) -> bytes:
        """Turn the chunk into its line."""
        return wire.to_line({f.name: getattr(self, f.name) for f in dataclasses.fields(self)})


def decode_request(line: bytes) -> Request:
    """Read a request.

    Raises:
        DecodeError: The line is not a JSON object with an id and a type.
        UsageError: The command is unknown, or its fields are not the command's.
    """
    fields = wire.from_line(line)
    request_id, name = fields.pop("id", None), fields.pop("type", None)
    if type(request_id) is not int or not isinstance(name, str):
        raise wire.DecodeError("a request needs an integer id and a type", line)
    kind = COMMAND_TYPES.get(name)
    if kind is None:
        raise UsageError(
            f"Unknown command {name!r}.",
            f"Known: {', '.join(sorted(COMMAND_TYPES))}.",
            nearest(name, COMMAND_TYPES),
        )
    return Request(request_id, _build(kind, fields))


def decode_answer(line: bytes) -> Reply | Chunk:
    """Read what a worker sent back.

    Raises:
        DecodeError: The line is neither a reply nor a chunk.
    """
    fields = wire.from_line(line)
    try:
        if "ok" not in fields:
            return _chunk(fields)
        if fields["ok"]:
            return Reply(fields["id"], result=fields["result"])
        return Reply(fields["id"], error=TtgptError.from_dict(fields["error"]))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise wire.DecodeError(f"neither reply nor chunk: {error!r}", line) from error


def _chunk(fields: dict[str, Any]) -> Chunk:
    return Chunk(
        fields["id"],
        fields["sample"],
        fields["text"],
        fields["tokens"],
        tuple(Drawn(*drawn) for drawn in fields.get("drawn", ())),
        fields.get("slowdown"),
    )


def _build(kind: type[Command], fields: dict[str, Any]) -> Command:
    return kind(**convert_fields(kind, fields, where=kind.type))

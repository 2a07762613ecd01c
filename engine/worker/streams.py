"""Texts and explanations under way, each bound to the peer that asked for it."""

from __future__ import annotations

import dataclasses
import math
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ..backends import Session
from ..commands import Adjust, Chunk, Drawn, Generate, Inspect, Reply
from ..errors import EnvironmentNotReady, TtgptError, UsageError
from ..sampling.explanation import explain
from ..sampling.generation import Generation, from_command, resolve_seed, sampling_of
from ..sampling.sample_text import DrawnToken
from .cost import Cost
from .models import Model
from .server import Asked, Peer, Server

CHUNK_SECONDS = 0.03
"""Text is sent at most this often: a screen cannot show more, and lines cost the reader."""

MOST = 8
"""Texts at a time, and explanations: more would each come more slowly than one can read."""


class Job(Protocol):
    """Work for one request, done piece by piece."""

    asked: Asked

    @property
    def session(self) -> Session | None:
        """The model that it uses; None where it has not opened it yet."""

    def advance(self) -> bool:
        """Do one piece; False when all is done and answered."""


class Stream:
    """One `generate` request: opens its model, draws tokens and sends them in chunks.

    Args:
        server: Where its answers go.
        asked: The request.
        command: What it asks for.
        open_model: Gives the model; it may take long, so it is the first token's work.
        cost: What writing costs training.

    Raises:
        UsageError: A sampling value or the seed is out of range.
    """

    def __init__(
        self,
        server: Server,
        asked: Asked,
        command: Generate,
        open_model: Callable[[], Model],
        cost: Cost,
    ) -> None:
        sampling_of(command)
        self.asked = asked
        self._server = server
        self._command = command
        self._open_model = open_model
        self._seed = resolve_seed(command.seed)
        self._cost = cost
        self._opened: tuple[Model, Generation] | None = None
        self._tokens: Iterator[list[DrawnToken | None]] = iter(())
        self._unsent: list[list[DrawnToken]] = []
        self._sent_at = -math.inf

    def advance(self) -> bool:
        """Draw one token for each sample; False when the text is complete."""
        self._open()
        drawn = next(self._tokens, None)
        if drawn is None:
            self._finish("")
            return False
        for unsent, token in zip(self._unsent, drawn, strict=True):
            unsent += [token] if token is not None else []
        if time.monotonic() - self._sent_at >= CHUNK_SECONDS:
            self._send_chunks()
        return True

    def adjust(self, change: Adjust) -> None:
        """Change the sampling from the next token on.

        Raises:
            UsageError: A value is out of range; the sampling stays as it was.
        """
        values = {k: v for k, v in vars(change).items() if k != "target" and v is not None}
        command = dataclasses.replace(self._command, **values)
        sampling = sampling_of(command)
        self._command = command
        if self._opened is not None:
            self._opened[1].sampling = sampling
            self._send_chunks()  # so that the answer arrives just where the text changes

    def cancel(self) -> int:
        """End before the length is reached, and give the tokens drawn; the reply has the text."""
        _, generation = self._open()
        self._finish("cancelled")
        return generation.drawn

    @property
    def session(self) -> Session | None:
        """The model that writes; None where it is not open yet."""
        return self._opened[0].session if self._opened is not None else None

    def _open(self) -> tuple[Model, Generation]:
        if self._opened is None:
            model = self._open_model()
            generation = from_command(
                model.session, model.tokenizer, self._command, self._seed, model.block_size
            )
            self._opened = model, generation
            self._tokens = generation.tokens()
            self._unsent = [[] for _ in generation.samples]
        return self._opened

    def _send_chunks(self) -> None:
        self._sent_at = time.monotonic()
        for sample, tokens in enumerate(self._unsent):
            if tokens:
                self._server.send(self.asked.peer, self._chunk(sample, tokens))
        self._unsent = [[] for _ in self._unsent]

    def _chunk(self, sample: int, tokens: list[DrawnToken]) -> Chunk:
        _, generation = self._open()
        return Chunk(
            self.asked.request.id,
            sample,
            "".join(token.text for token in tokens),
            generation.samples[sample].tokens,
            tuple(Drawn(t.id, len(t.text), round(t.surprise, 4)) for t in tokens),
            self._cost.slowdown,
        )

    def _finish(self, reason: str) -> None:
        self._send_chunks()
        reply = Reply(self.asked.request.id, result=self._result(reason))
        self._server.send(self.asked.peer, reply)

    def _result(self, reason: str) -> dict[str, Any]:
        model, generation = self._open()
        return {
            "samples": [
                {
                    "text": sample.text,
                    "seed": self._seed + number,
                    "tokens": sample.tokens,
                    "reason": reason or sample.ended,
                }
                for number, sample in enumerate(generation.samples)
            ],
            "prompt": generation.prompt,
            "seed": self._seed,
            "tokens": sum(sample.tokens for sample in generation.samples),
            "tokens_per_s": round(generation.tokens_per_s, 1),
            "first_ms": round(generation.first_ms, 1),
            "reason": reason or generation.samples[0].ended,
            "slowdown": self._cost.slowdown,
            "checkpoint": model.checkpoint,
            "step": model.step,
        }


class Inspection:
    """One `inspect` request, whose work is a single piece."""

    def __init__(
        self, server: Server, asked: Asked, command: Inspect, open_model: Callable[[], Model]
    ) -> None:
        self.asked = asked
        self.session: Session | None = None
        self._server = server
        self._command = command
        self._open_model = open_model

    def advance(self) -> bool:
        """Answer."""
        model = self._open_model()
        found = explain(model.session, model.tokenizer, model.block_size, self._command)
        self._server.send(self.asked.peer, Reply(self.asked.request.id, result=found))
        return False


class Streams:
    """All that a worker has under way for its peers, served in turn."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._jobs: deque[Job] = deque()

    def __bool__(self) -> bool:
        return bool(self._jobs)

    @property
    def sessions(self) -> list[Session]:
        """The models that are used."""
        return [job.session for job in self._jobs if job.session is not None]

    def add(self, job: Job) -> None:
        """Take up another one.

        Raises:
            EnvironmentNotReady: As many of its kind are under way already.
        """
        if sum(type(one) is type(job) for one in self._jobs) >= MOST:
            raise EnvironmentNotReady(
                f"The worker writes {MOST} texts at once already.",
                "More would hold up each other, and the training beside them.",
                "Ask again when one of them has ended.",
            )
        self._jobs.append(job)

    def turn(self) -> None:
        """Do one piece of the next one's work, then let it wait for all others."""
        job = self._jobs.popleft()
        try:
            if job.advance():
                self._jobs.append(job)
        except Exception as error:  # one bad request must not end the training beside it
            self._server.send(job.asked.peer, Reply(job.asked.request.id, error=as_answer(error)))

    def find(self, peer: Peer, request_id: int) -> Stream:
        """Find a peer's text by its request.

        Raises:
            UsageError: It has ended, or never was.
        """
        for job in self._jobs:
            is_it = job.asked.peer is peer and job.asked.request.id == request_id
            if is_it and isinstance(job, Stream):
                return job
        raise UsageError(
            f"No generation {request_id} is under way.", "It has ended.", "Begin another one."
        )

    def cancel(self, stream: Stream) -> int:
        """End a text early and give the tokens it had drawn."""
        tokens = stream.cancel()
        self._jobs.remove(stream)
        return tokens

    def forget_those_who_left(self) -> None:
        """Drop what nobody reads any more."""
        self._jobs = deque(job for job in self._jobs if not job.asked.peer.left)


def as_answer(error: Exception) -> TtgptError:
    """Turn whatever a request ran into into an answer; the trace goes to the log."""
    if isinstance(error, TtgptError):
        return error
    traceback.print_exception(error)
    return TtgptError(
        "The worker could not do this.", f"{type(error).__name__}: {error}", "worker.log has more."
    )

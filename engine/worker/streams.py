"""The generation jobs under way, each bound to the peer that asked for it."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Iterator
from typing import Any

from ..backends import Session
from ..commands import Adjust, Chunk, Drawn, Generate, Reply
from ..errors import TtgptError, UsageError
from ..sampling.generation import Generation, from_command, resolve_seed
from ..sampling.sample_text import DrawnToken
from ..sampling.sampler import SamplingConfig
from .cost import Cost
from .models import Model
from .server import Peer, Server

CHUNK_SECONDS = 0.03
"""Text is sent at most this often: a screen cannot show more, and lines cost the reader."""


class Stream:
    """One `generate` request: draws tokens and sends them in chunks."""

    def __init__(
        self,
        server: Server,
        peer: Peer,
        request_id: int,
        command: Generate,
        model: Model,
        cost: Cost,
    ) -> None:
        self.peer = peer
        self.request_id = request_id
        self._server = server
        self._model = model
        self._seed = resolve_seed(command.seed)
        self._generation: Generation = from_command(
            model.session, model.tokenizer, command, self._seed, model.block_size
        )
        self._cost = cost
        self._tokens: Iterator[list[DrawnToken | None]] = self._generation.tokens()
        self._unsent: list[list[DrawnToken]] = [[] for _ in range(command.num_samples)]
        self._sent_at = -math.inf

    def advance(self) -> bool:
        """Draw one token for each sample; False when the text is complete."""
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
        now = self._generation.sampling
        self._generation.sampling = SamplingConfig(
            now.temperature if change.temperature is None else change.temperature,
            now.top_k if change.top_k is None else change.top_k,
            now.top_p if change.top_p is None else change.top_p,
            now.repetition_penalty
            if change.repetition_penalty is None
            else change.repetition_penalty,
        )
        self._send_chunks()  # so that the answer arrives just where the text changes

    def cancel(self) -> None:
        """End before the length is reached; what was drawn is kept in the reply."""
        self._finish("cancelled")

    @property
    def drawn(self) -> int:
        """Tokens drawn so far for each sample."""
        return self._generation.drawn

    @property
    def session(self) -> Session:
        """The model that writes."""
        return self._model.session

    def fail(self, error: Exception) -> None:
        """End with an error."""
        self._server.send(self.peer, Reply(self.request_id, error=as_answer(error)))

    def _send_chunks(self) -> None:
        self._sent_at = time.monotonic()
        for sample, tokens in enumerate(self._unsent):
            if tokens:
                self._server.send(self.peer, self._chunk(sample, tokens))
        self._unsent = [[] for _ in self._unsent]

    def _chunk(self, sample: int, tokens: list[DrawnToken]) -> Chunk:
        return Chunk(
            self.request_id,
            sample,
            "".join(token.text for token in tokens),
            self._generation.samples[sample].tokens,
            tuple(Drawn(t.id, len(t.text), round(t.surprise, 4)) for t in tokens),
            self._cost.slowdown,
        )

    def _finish(self, reason: str) -> None:
        self._send_chunks()
        self._server.send(self.peer, Reply(self.request_id, result=self._result(reason)))

    def _result(self, reason: str) -> dict[str, Any]:
        generation = self._generation
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
            "checkpoint": self._model.checkpoint,
            "step": self._model.step,
        }


class Streams:
    """All streams of a worker, served in turn."""

    def __init__(self) -> None:
        self._running: list[Stream] = []

    def __bool__(self) -> bool:
        return bool(self._running)

    @property
    def sessions(self) -> list[Session]:
        """The models that are writing."""
        return [stream.session for stream in self._running]

    def add(self, stream: Stream) -> None:
        """Take up a new stream."""
        self._running.append(stream)

    def turn(self) -> None:
        """Draw one token in each stream."""
        self._running = [stream for stream in self._running if _advanced(stream)]

    def find(self, peer: Peer, request_id: int) -> Stream:
        """Find a peer's stream by its request.

        Raises:
            UsageError: It has ended, or never was.
        """
        for stream in self._running:
            if stream.peer is peer and stream.request_id == request_id:
                return stream
        raise UsageError(
            f"No generation {request_id} is under way.", "It has ended.", "Begin another one."
        )

    def cancel(self, stream: Stream) -> int:
        """End a stream early and give the tokens it had drawn."""
        stream.cancel()
        self._running.remove(stream)
        return stream.drawn

    def forget(self, peer: Peer) -> None:
        """Drop the streams of a peer that hung up."""
        self._running = [stream for stream in self._running if stream.peer is not peer]


def as_answer(error: Exception) -> TtgptError:
    """Turn whatever a request ran into into an answer; the trace goes to the log."""
    if isinstance(error, TtgptError):
        return error
    traceback.print_exception(error)
    return TtgptError(
        "The worker could not do this.", f"{type(error).__name__}: {error}", "worker.log has more."
    )


def _advanced(stream: Stream) -> bool:
    try:
        return stream.advance()
    except Exception as error:  # one bad stream must not end the training beside it
        stream.fail(error)
        return False

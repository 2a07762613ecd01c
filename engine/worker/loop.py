"""The worker's loop: one training step, then some tokens, then the commands, over and over."""

from __future__ import annotations

import queue
import time
from typing import Any, Protocol

from .. import commands
from ..commands import Reply
from ..errors import UsageError
from .cost import Cost
from .models import Model, Models
from .process import StopFlag
from .server import Asked, Server
from .streams import Inspection, Job, Stream, Streams, as_answer

_REQUESTS_PER_STEP = 16
"""Requests answered between two training steps, so that a flood of them holds up nothing."""

_REST_SECONDS = 0.2
"""Longest wait for a request while nothing is computed: a signal is seen as soon."""

_FOR_THE_ASKER = (
    commands.Generate,
    commands.Adjust,
    commands.Cancel,
    commands.Inspect,
    commands.Snapshot,
    commands.DrawSample,
)
"""Requests that fall away with whoever made them; a wish about the run, such as stop, stays."""


class TrainingJob(Protocol):
    """What the loop needs of a training job."""

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to train."""

    @property
    def held(self) -> bool:
        """Whether training is paused."""

    def turn(self) -> None:
        """Do one step, or a part of an evaluation, a sample or a save; nothing while held."""

    def stop_for_signal(self) -> None:
        """End after the current step."""

    def obey(self, command: commands.Command) -> dict[str, Any]:
        """Carry out a command and give its answer."""

    def live_model(self) -> Model:
        """Give the weights as they are now."""


class Loop:
    """Serves one device: at most one training job and any number of generation streams.

    Args:
        server: Where requests come from.
        models: Opens checkpoints.
        stop: Raised by a signal.
        training: The training job, if there is one.
        idle_seconds: Without a training job: end after this long without a request.
    """

    def __init__(
        self,
        server: Server,
        models: Models,
        stop: StopFlag,
        *,
        training: TrainingJob | None = None,
        idle_seconds: float = 600.0,
    ) -> None:
        self._server = server
        self._models = models
        self._stop = stop
        self._training = training
        self._streams = Streams(server)
        self._cost = Cost()
        self._idle_seconds = idle_seconds
        self._last_request = time.monotonic()
        self._shutdown = False

    def run(self) -> None:
        """Serve until the training job ends, a signal comes, or nobody asks any more."""
        while not self._done():
            self._serve_commands()
            if self._training is not None:
                if self._stop.raised:
                    self._training.stop_for_signal()
                if not self._training.ended:
                    with self._cost.training():
                        self._training.turn()
            self._draw_tokens()

    def _done(self) -> bool:
        if self._training is not None:
            return self._training.ended and (self._stop.raised or not self._streams)
        if self._streams:
            self._last_request = time.monotonic()
        idle = time.monotonic() - self._last_request > self._idle_seconds
        return self._stop.raised or self._shutdown or idle

    @property
    def _resting(self) -> bool:
        return not self._streams and not self._trains

    @property
    def _trains(self) -> bool:
        return self._training is not None and not (self._training.ended or self._training.held)

    def _draw_tokens(self) -> None:
        self._streams.forget_those_who_left()
        if not self._streams or not self._trains:
            self._cost.forget()
        while self._streams and self._cost.is_affordable:
            with self._cost.generating():
                self._streams.turn()
            if not self._trains:
                return

    def _serve_commands(self) -> None:
        wait = self._resting
        answered = 0
        while answered < _REQUESTS_PER_STEP:
            try:
                asked = self._server.inbox.get(block=wait, timeout=_REST_SECONDS)
            except queue.Empty:
                return
            wait = False
            if not (asked.peer.left and isinstance(asked.request.command, _FOR_THE_ASKER)):
                answered += 1
                self._last_request = time.monotonic()
                self._answer(asked)

    def _answer(self, asked: Asked) -> None:
        request_id = asked.request.id
        try:
            result = self._carry_out(asked)
        except Exception as error:  # a bad request must not end the training beside it
            self._server.send(asked.peer, Reply(request_id, error=as_answer(error)))
        else:
            if result is not None:
                self._server.send(asked.peer, Reply(request_id, result=result))

    def _carry_out(self, asked: Asked) -> dict[str, Any] | None:
        command = asked.request.command
        if isinstance(command, (commands.Generate, commands.Inspect)):
            self._streams.add(self._job(asked, command))
            return None  # it is answered when it ends
        if isinstance(command, commands.Snapshot):
            with self._cost.generating():
                return {"step": self._snapshot(self._live().step).step}
        if isinstance(command, commands.Adjust):
            self._streams.find(asked.peer, command.target).adjust(command)
            return {}
        if isinstance(command, commands.Cancel):
            stream = self._streams.find(asked.peer, command.target)
            return {"tokens": self._streams.cancel(stream)}
        if self._training is not None:
            return self._training.obey(command)
        return self._obey_without_training(command)

    def _job(self, asked: Asked, command: commands.Generate | commands.Inspect) -> Job:
        is_live = not command.checkpoint and command.live_step < 0
        since = self._live().step if is_live else -1

        def open_model() -> Model:
            return self._snapshot(since) if is_live else self._model(command)

        if isinstance(command, commands.Inspect):
            return Inspection(self._server, asked, command, open_model)
        return Stream(self._server, asked, command, open_model, self._cost)

    def _model(self, command: commands.Generate | commands.Inspect) -> Model:
        if command.checkpoint:
            return self._models.get(
                command.checkpoint,
                self._streams.sessions,
                untrained=command.untrained,
                backend=command.backend,
            )
        return self._models.held(command.live_step)

    def _snapshot(self, since: int) -> Model:
        return self._models.snapshot(self._live(), since, self._streams.sessions)

    def _live(self) -> Model:
        if self._training is None:
            raise UsageError(
                "There are no live weights.", "No run is training.", "Choose a checkpoint."
            )
        return self._training.live_model()

    def _obey_without_training(self, command: commands.Command) -> dict[str, Any]:
        if isinstance(command, commands.Status):
            return {"task": "play", "streams": bool(self._streams)}
        if isinstance(command, commands.Shutdown):
            self._shutdown = True
            return {}
        raise UsageError(
            f"This worker cannot {command.type}.", "It only generates.", "Start a run first."
        )

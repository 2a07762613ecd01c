"""The app's end of a worker's socket: requests out, replies and token streams in."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from ttgpt.engine.commands import (
    Chunk,
    Command,
    Generate,
    Reply,
    Request,
    Snapshot,
    decode_answer,
)
from ttgpt.engine.errors import EnvironmentNotReady, UsageError
from ttgpt.engine.wire import DecodeError

_LINE_LIMIT = 1 << 24


class WorkerGone(EnvironmentNotReady):
    """The worker ended, or never answered."""

    def __init__(self, why: str = "The connection closed.", log: Path | None = None) -> None:
        next_step = f"Its last words are in {log or 'worker.log'}."
        super().__init__("The worker does not answer.", why, next_step)
        self.log = log


class WorkerLink:
    """One connection to one worker; any number of requests may be under way at once."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: Path | None = None
    ) -> None:
        self._writer = writer
        self._log = log
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Queue[Reply | Chunk | None]] = {}
        self._closed = False
        self._why = "The connection closed."
        self._listener = asyncio.create_task(self._listen(reader))

    @classmethod
    async def connect(
        cls,
        path: Path,
        *,
        log: Path | None = None,
        alive: Callable[[], bool] = lambda: True,
        seconds: float = 30.0,
    ) -> WorkerLink:
        """Connect to a worker's socket, waiting while the worker is still starting.

        Args:
            path: The socket.
            log: Where the worker's last words are, should it end.
            alive: Says whether waiting still makes sense.
            seconds: How long to wait at most.

        Raises:
            WorkerGone: It did not answer in time, or `alive` became false.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(str(path), limit=_LINE_LIMIT)
                return cls(reader, writer, log)
            except OSError as error:
                late = asyncio.get_running_loop().time() > deadline
                if late or not alive():
                    raise WorkerGone(f"{path.name}: {error.strerror or error}.", log) from error
            await asyncio.sleep(0.05)

    @property
    def closed(self) -> bool:
        """Whether the other end has gone."""
        return self._closed

    async def request(self, command: Command) -> dict[str, Any]:
        """Send a command and wait for its answer.

        Raises:
            TtgptError: The worker refused; the error is the worker's own.
            WorkerGone: The worker ended first.
        """
        async with self._sent(command) as (_, answers):
            while True:
                answer = await answers.get()
                if isinstance(answer, Reply):
                    return _result(answer)
                if answer is None:
                    raise WorkerGone(self._why, self._log)

    async def snapshot(self) -> int | None:
        """Have the worker hold its live weights as they are now, and give their step.

        Returns:
            What `Generate.live_step` takes; None of a worker that was started by a version
            before, and writes with its weights as they change.

        Raises:
            TtgptError: The worker refused.
            WorkerGone: The worker ended first.
        """
        try:
            return int((await self.request(Snapshot()))["step"])
        except UsageError as error:
            if error.what.startswith("Unknown command"):
                return None
            raise

    async def generate(
        self, command: Generate, started: Callable[[int], None] = lambda request_id: None
    ) -> AsyncIterator[Chunk | dict[str, Any]]:
        """Stream text: chunks as they come, then the result as the last item.

        Args:
            command: What to write.
            started: Called with the id by which `Adjust` and `Cancel` name this stream.

        Raises:
            TtgptError: The worker refused.
            WorkerGone: The worker ended in mid-stream.
        """
        async with self._sent(command) as (request_id, answers):
            started(request_id)
            while True:
                answer = await answers.get()
                if isinstance(answer, Chunk):
                    yield answer
                elif answer is None:
                    raise WorkerGone(self._why, self._log)
                else:
                    yield _result(answer)
                    return

    async def close(self) -> None:
        """Hang up."""
        self._listener.cancel()
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    @contextlib.asynccontextmanager
    async def _sent(
        self, command: Command
    ) -> AsyncIterator[tuple[int, asyncio.Queue[Reply | Chunk | None]]]:
        if self._closed:
            raise WorkerGone(self._why, self._log)
        request_id = next(self._ids)
        answers: asyncio.Queue[Reply | Chunk | None] = asyncio.Queue()
        self._waiting[request_id] = answers
        try:
            self._writer.write(Request(request_id, command).encode())
            with contextlib.suppress(ConnectionError):  # the listener sees the end and says so
                await self._writer.drain()
            yield request_id, answers
        finally:
            del self._waiting[request_id]

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                with contextlib.suppress(DecodeError):
                    answer = decode_answer(line)
                    if answer.id in self._waiting:
                        self._waiting[answer.id].put_nowait(answer)
                    elif isinstance(answer, Reply) and answer.error is not None:
                        self._why = answer.error.why  # it belongs to no request: a farewell
        except (OSError, ValueError):
            pass
        finally:
            self._closed = True
            for answers in self._waiting.values():
                answers.put_nowait(None)


def _result(reply: Reply) -> dict[str, Any]:
    if reply.error is not None:
        raise reply.error
    return reply.result

"""A worker that speaks the socket's language and computes nothing: its text is given beforehand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeVar

from ttgpt.engine.commands import (
    Adjust,
    Cancel,
    Chunk,
    Command,
    Drawn,
    Generate,
    Inspect,
    Reply,
    Request,
    Snapshot,
    decode_request,
)
from ttgpt.engine.errors import TtgptError, UsageError
from ttgpt.engine.host.locks import Lock
from ttgpt.engine.worker.player import PlayerFolder

C = TypeVar("C", bound=Command)

DRAWN_SEED, LIVE_STEP = 4711, 1840

EXPLANATION: dict[str, Any] = {
    "tokens": [
        {"id": ord("y"), "text": "y", "before": 0.5, "after": 0.62, "cut": ""},
        {"id": ord("i"), "text": "i", "before": 0.2, "after": 0.17, "cut": ""},
        {"id": ord(" "), "text": " ", "before": 0.12, "after": 0.15, "cut": ""},
        {"id": ord("w"), "text": "w", "before": 0.1, "after": 0.06, "cut": ""},
        {"id": ord("k"), "text": "k", "before": 0.05, "after": 0.0, "cut": "top_p"},
        {"id": ord("\n"), "text": "\n", "before": 0.001, "after": 0.0, "cut": "top_k"},
    ],
    "entropy": 1.42,
    "entropy_after": 1.18,
    "kept": 4,
    "seen": 37,
}


class FakeWorker:
    """Sends one character a token, as many as the test has allowed."""

    def __init__(self, text: str = "What say you to the king, my lord of York?") -> None:
        self.text = text
        self.asked: list[Command] = []
        self.refuses: TtgptError | None = None
        self.is_deaf = False
        """Read what is asked and never answer."""
        self.explanation: dict[str, Any] = EXPLANATION
        self.connections = 0
        self._allowed = 0
        self._news = asyncio.Condition()
        self._writers: set[asyncio.StreamWriter] = set()
        self._cancelled: set[int] = set()
        self._running: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def commands(self, kind: type[C]) -> list[C]:
        return [command for command in self.asked if isinstance(command, kind)]

    async def allow(self, tokens: int) -> None:
        """Let some more tokens be drawn."""
        async with self._news:
            self._allowed += tokens
            self._news.notify_all()

    async def die(self) -> None:
        """Close every connection without a word."""
        for writer in self._writers:
            writer.close()
        for task in self._tasks:
            task.cancel()

    @contextlib.asynccontextmanager
    async def listening(self, path: Path) -> AsyncIterator[FakeWorker]:
        path.parent.mkdir(parents=True, exist_ok=True)
        server = await asyncio.start_unix_server(self._serve, path)
        try:
            yield self
        finally:
            await self.die()
            server.close()
            path.unlink(missing_ok=True)

    @contextlib.asynccontextmanager
    async def as_player(self, home: Path) -> AsyncIterator[FakeWorker]:
        """Be the worker that only generates."""
        player = PlayerFolder(home / "player")
        lock = Lock(player.lock)
        lock.acquire("a test")
        try:
            async with self.listening(player.socket_path()):
                yield self
        finally:
            lock.release()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self.connections += 1
        mine: set[asyncio.Task[None]] = set()
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                await self._take(decode_request(line), writer, mine)
        for task in mine:
            task.cancel()
        writer.close()

    async def _take(
        self, request: Request, writer: asyncio.StreamWriter, mine: set[asyncio.Task[None]]
    ) -> None:
        self.asked.append(request.command)
        if self.is_deaf:
            return
        if isinstance(request.command, Generate) and self.refuses is None:
            self._running.add(request.id)
            task = asyncio.create_task(self._write(request, request.command, writer))
            mine.add(task)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            writer.write((await self._answer(request)).encode())

    async def _answer(self, request: Request) -> Reply:
        command = request.command
        if isinstance(command, Generate):
            return Reply(request.id, error=self.refuses)
        if isinstance(command, Inspect):
            return Reply(request.id, self.explanation)
        if isinstance(command, Snapshot):
            return Reply(request.id, {"step": LIVE_STEP})
        assert isinstance(command, (Adjust, Cancel))
        if command.target not in self._running:
            error = UsageError(f"No generation {command.target} is under way.", "It has ended.")
            return Reply(request.id, error=error)
        if isinstance(command, Cancel):
            async with self._news:
                self._cancelled.add(command.target)
                self._news.notify_all()
        return Reply(request.id)

    async def _write(
        self, request: Request, command: Generate, writer: asyncio.StreamWriter
    ) -> None:
        drawn, reason = 0, "length"
        while drawn < command.max_new_tokens:
            async with self._news:
                await self._news.wait_for(lambda: self._allowed or request.id in self._cancelled)
                if request.id in self._cancelled:
                    reason = "cancelled"
                    break
                self._allowed -= 1
            drawn += 1
            text = self.text[(drawn - 1) % len(self.text)]
            token = Drawn(ord(text), 1, 0.1 if drawn % 5 else 3.0)
            writer.write(Chunk(request.id, 0, text, drawn, (token,)).encode())
        self._running.discard(request.id)
        writer.write(Reply(request.id, result=self._result(command, drawn, reason)).encode())

    def _result(self, command: Generate, drawn: int, reason: str) -> dict[str, Any]:
        seed = DRAWN_SEED if command.seed == -1 else command.seed
        text = (self.text * (drawn // len(self.text) + 1))[:drawn]
        return {
            "samples": [{"text": text, "seed": seed, "tokens": drawn}],
            "prompt": command.prompt,
            "seed": seed,
            "tokens": drawn,
            "tokens_per_s": 212.0,
            "first_ms": 41.0,
            "reason": reason,
            "checkpoint": command.checkpoint,
            "step": int(Path(command.checkpoint).name) if command.checkpoint else LIVE_STEP,
        }

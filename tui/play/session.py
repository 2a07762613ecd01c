"""The asynchronous side of the playground: one text at a time, from whichever worker can write."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ttgpt.engine.commands import Adjust, Cancel, Chunk, Generate, Inspect
from ttgpt.engine.errors import EnvironmentNotReady, TtgptError
from ttgpt.engine.runs.rundir import live_run

from ..link import WorkerLink
from ..reach import reach_worker
from ..sampling import Sampling
from .progress import PlayProgress

ADJUST_PERIOD = 0.1
"""Seconds between two `adjust` commands: a drag gives many values, and only the last one counts."""

Reach = Callable[[Path, Path | None], Awaitable[WorkerLink]]
"""Finds a worker for a home folder, and for a run whose live weights are wanted."""


@dataclass(frozen=True)
class Told:
    """Whom to tell; all of these are called on the app's own thread."""

    reached: Callable[[Path | None], None] = lambda run: None
    """A worker is asked now: the one that trains this run, or the one that only writes."""
    held: Callable[[int], None] = lambda step: None
    """The live weights of this step write the text."""
    came: Callable[[Chunk], None] = lambda chunk: None
    """Some more text of one of the samples."""
    adjusted: Callable[[Sampling, Sampling], None] = lambda old, new: None
    """The worker took new values: what comes from here on is drawn with them."""


class PlaySession:
    """Keeps a connection to a worker and writes one text at a time.

    Args:
        home: The home folder.
        reach: Finds a worker.
        adjust_period: Seconds between two `adjust` commands.
    """

    def __init__(
        self, home: Path, *, reach: Reach = reach_worker, adjust_period: float = ADJUST_PERIOD
    ) -> None:
        self.progress: PlayProgress | None = None
        """Of the text under way, else of the last one; None until its worker was asked."""
        self.home = home
        self._reach = reach
        self._adjust_period = adjust_period
        self._connecting = asyncio.Lock()
        self._link: WorkerLink | None = None
        self._served_by: Path | None = None
        self._task: asyncio.Task[dict[str, Any]] | None = None
        self._request_id: int | None = None
        self._wanted = Sampling()
        self._moved = asyncio.Event()
        self._side_tasks: set[asyncio.Task[None]] = set()

    @property
    def is_writing(self) -> bool:
        """Whether a text is under way, or a worker for it is being reached."""
        return self._task is not None

    async def write(
        self, command: Generate, told: Told, trained_by: Path | None = None
    ) -> dict[str, Any] | None:
        """Write a text and give the worker's result; None when it was given up.

        Args:
            command: What to write.
            told: Whom to tell how it comes along.
            trained_by: The run whose live weights are to write; None for a checkpoint.

        Raises:
            TtgptError: The worker refused, could not be started, or ended in mid-text.
        """
        self._wanted, self.progress = Sampling.of(command), None
        task = self._task = asyncio.create_task(self._write(command, told, trained_by))
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()  # does nothing unless this call itself was cancelled
            await asyncio.wait({task})
            self._task = self._request_id = None
        return None if task.cancelled() else task.result()

    async def explain(self, command: Inspect, trained_by: Path | None = None) -> dict[str, Any]:
        """Ask for the chances of the next token; a text under way goes on meanwhile.

        Raises:
            TtgptError: The worker refused, could not be started, or ended.
        """
        link = self._link if self.is_writing and self._link is not None else None
        return await (link or await self._connection(trained_by)).request(command)

    async def snapshot(self, trained_by: Path) -> int | None:
        """Have a run's worker hold its live weights; see `WorkerLink.snapshot`.

        Raises:
            TtgptError: The worker refused, or the run does not train any more.
        """
        return await (await self._connection(trained_by)).snapshot()

    def adjust(self, sampling: Sampling) -> None:
        """Draw the text under way with other values from its next token on."""
        self._wanted = sampling
        self._moved.set()

    def stop(self) -> None:
        """End the text under way and keep what is written; asked twice, wait for no answer."""
        request_id, link = self._request_id, self._link
        if self._task is None:
            return
        if request_id is None or link is None:
            self._task.cancel()
            return
        self._request_id = None
        self._beside(_cancel(link, request_id))

    async def close(self) -> None:
        """Give up the text under way and hang up."""
        if self._task is not None:
            self._task.cancel()
        await self._hang_up()

    async def _write(
        self, command: Generate, told: Told, trained_by: Path | None
    ) -> dict[str, Any]:
        link = await self._connection(trained_by)
        if trained_by is not None and command.live_step < 0:
            step = await link.snapshot()
            command = command if step is None else dataclasses.replace(command, live_step=step)
        if command.live_step >= 0:
            told.held(command.live_step)
        try:
            return await self._follow(link, command, told)
        except asyncio.CancelledError:
            # The worker goes on with a text until its reader hangs up.
            await self._hang_up()
            raise

    async def _follow(self, link: WorkerLink, command: Generate, told: Told) -> dict[str, Any]:
        told.reached(self._served_by)
        progress = self.progress = PlayProgress(time.monotonic(), command.max_new_tokens)
        result: dict[str, Any] = {}
        async with self._following_sliders(link, told, Sampling.of(command)):
            async for answer in link.generate(command, self._started):
                if isinstance(answer, Chunk):
                    progress.came(answer, time.monotonic())
                    told.came(answer)
                else:
                    result = answer
        return result

    def _started(self, request_id: int) -> None:
        self._request_id = request_id
        self._moved.set()  # a slider may have been moved while a worker was being reached

    async def _connection(self, trained_by: Path | None) -> WorkerLink:
        """Give the connection; another one when it closed or another run is to serve."""
        # One after the other: a text and a question that begin together share one connection.
        async with self._connecting:
            serves = trained_by or await asyncio.to_thread(_serving, self.home)
            if self._link is not None and (self._link.closed or serves != self._served_by):
                await self._hang_up()
            if self._link is None:
                self._link = await self._reached(trained_by)
                self._served_by = serves
            return self._link

    async def _reached(self, trained_by: Path | None) -> WorkerLink:
        try:
            return await self._reach(self.home, trained_by)
        except OSError as error:
            raise EnvironmentNotReady(
                "No worker can be started.",
                f"{error.filename or self.home}: {error.strerror or error}.",
                "Allow writing there, or choose another home with --home.",
            ) from error

    async def _hang_up(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    @contextlib.asynccontextmanager
    async def _following_sliders(
        self, link: WorkerLink, told: Told, drawn_with: Sampling
    ) -> AsyncIterator[None]:
        follower = asyncio.create_task(self._follow_sliders(link, told, drawn_with))
        try:
            yield
        finally:
            follower.cancel()

    async def _follow_sliders(self, link: WorkerLink, told: Told, drawn_with: Sampling) -> None:
        with contextlib.suppress(TtgptError):  # the text has ended, and its own reply says how
            while True:
                await self._moved.wait()
                self._moved.clear()
                new, request_id = self._wanted, self._request_id
                changed = drawn_with.changed_in(new)
                if changed and request_id is not None:
                    await link.request(Adjust(request_id, **changed))
                    told.adjusted(drawn_with, new)
                    drawn_with = new
                    await asyncio.sleep(self._adjust_period)

    def _beside(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._side_tasks.add(task)
        task.add_done_callback(self._side_tasks.discard)


def _serving(home: Path) -> Path | None:
    live = live_run(home)
    return None if live is None else live.path


async def _cancel(link: WorkerLink, request_id: int) -> None:
    with contextlib.suppress(TtgptError):  # it has ended meanwhile
        await link.request(Cancel(request_id))

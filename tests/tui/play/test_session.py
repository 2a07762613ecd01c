import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from fake_worker import DRAWN_SEED, FakeWorker
from support import WAIT_SECONDS
from written_run import WrittenRun

from ttgpt.engine.commands import Adjust, Cancel, Chunk, Generate, Inspect
from ttgpt.engine.errors import DataError, EnvironmentNotReady, UsageError
from ttgpt.tui.link import WorkerGone, WorkerLink
from ttgpt.tui.play.session import PlaySession, Told
from ttgpt.tui.reach import reach_worker
from ttgpt.tui.sampling import Sampling


class Heard:
    """Collects what a session tells."""

    def __init__(self) -> None:
        self.text = ""
        self.runs: list[Path | None] = []
        self.adjusted: list[tuple[Sampling, Sampling, str]] = []

    @property
    def told(self) -> Told:
        return Told(reached=self.runs.append, came=self._hear, adjusted=self._turn)

    def _hear(self, chunk: Chunk) -> None:
        self.text += chunk.text

    def _turn(self, old: Sampling, new: Sampling) -> None:
        self.adjusted.append((old, new, self.text))


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that other tasks bring about."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.001)


@pytest.fixture
async def worker(home: Path) -> AsyncIterator[FakeWorker]:
    worker = FakeWorker("What say you")
    async with worker.as_player(home):
        yield worker


@pytest.fixture
async def session(home: Path, worker: FakeWorker) -> AsyncIterator[PlaySession]:
    session = PlaySession(home, adjust_period=0.0)
    yield session
    await session.close()


async def test_text_comes_and_then_the_result(session: PlaySession, worker: FakeWorker) -> None:
    heard, command = Heard(), Generate(prompt="ROMEO:", checkpoint="/x/000500", max_new_tokens=12)
    await worker.allow(12)
    result = await session.write(command, heard.told)
    assert heard.text == "What say you"
    assert heard.runs == [None]
    assert result is not None
    assert (result["seed"], result["reason"], result["step"]) == (DRAWN_SEED, "length", 500)
    assert worker.asked == [command]
    assert not session.is_writing
    assert session.progress is not None
    assert (session.progress.tokens, session.progress.wanted) == (12, 12)


async def test_the_next_text_uses_the_same_connection(
    session: PlaySession, worker: FakeWorker
) -> None:
    await worker.allow(4)
    for _ in range(2):
        await session.write(Generate(max_new_tokens=2), Told())
    assert len(worker.commands(Generate)) == 2
    assert worker.connections == 1


async def test_a_text_and_a_question_that_begin_together_share_one_connection(
    session: PlaySession, worker: FakeWorker
) -> None:
    await worker.allow(2)
    await asyncio.gather(
        session.write(Generate(max_new_tokens=2), Told()),
        session.explain(Inspect(text="A")),
        session.explain(Inspect(text="B")),
    )
    assert worker.connections == 1


async def test_a_moved_slider_acts_on_the_text_under_way(
    session: PlaySession, worker: FakeWorker
) -> None:
    heard = Heard()
    writing = asyncio.create_task(session.write(Generate(max_new_tokens=10), heard.told))
    await worker.allow(4)
    await until(lambda: heard.text == "What")
    session.adjust(Sampling(1.2))
    await until(lambda: heard.adjusted)
    await worker.allow(6)
    await writing
    assert heard.adjusted == [(Sampling(), Sampling(1.2), "What")]
    assert worker.commands(Adjust) == [Adjust(target=1, temperature=1.2)]


async def test_a_slider_moved_while_a_worker_is_being_reached_acts_from_the_start(
    home: Path, worker: FakeWorker
) -> None:
    heard, asked, may_reach = Heard(), asyncio.Event(), asyncio.Event()

    async def reach_late(home: Path, trained_by: Path | None) -> WorkerLink:
        asked.set()
        await may_reach.wait()
        return await reach_worker(home, trained_by)

    session = PlaySession(home, reach=reach_late)
    writing = asyncio.create_task(session.write(Generate(max_new_tokens=4), heard.told))
    await asked.wait()
    session.adjust(Sampling(1.2))
    may_reach.set()
    await until(lambda: heard.adjusted)
    await worker.allow(4)
    await writing
    assert heard.adjusted == [(Sampling(), Sampling(1.2), "")]
    assert worker.commands(Adjust) == [Adjust(target=1, temperature=1.2)]
    await session.close()


async def test_of_many_moves_the_newest_counts(home: Path, worker: FakeWorker) -> None:
    heard, session = Heard(), PlaySession(home, adjust_period=3600.0)
    writing = asyncio.create_task(session.write(Generate(max_new_tokens=9), heard.told))
    await worker.allow(1)
    await until(lambda: heard.text)
    for hundredths in range(100):
        session.adjust(Sampling(hundredths / 100, 5))
    await until(lambda: heard.adjusted)
    session.adjust(Sampling(2.0))  # not before an hour has passed
    await worker.allow(8)
    await writing
    assert worker.commands(Adjust) == [Adjust(target=1, temperature=0.99, top_k=5)]
    await session.close()


async def test_a_slider_moved_while_no_text_is_under_way_asks_nothing(
    session: PlaySession, worker: FakeWorker
) -> None:
    session.adjust(Sampling(0.1))
    await worker.allow(2)
    await session.write(Generate(max_new_tokens=2), Told())
    session.adjust(Sampling(0.2))
    assert worker.commands(Adjust) == []


async def test_stopping_keeps_what_was_written(session: PlaySession, worker: FakeWorker) -> None:
    heard = Heard()
    writing = asyncio.create_task(session.write(Generate(max_new_tokens=50), heard.told))
    await worker.allow(4)
    await until(lambda: heard.text == "What")
    session.stop()
    result = await writing
    assert result is not None
    assert (result["reason"], result["tokens"]) == ("cancelled", 4)
    assert worker.commands(Cancel) == [Cancel(1)]


async def test_stopping_twice_waits_for_no_answer(home: Path) -> None:
    heard, worker = Heard(), FakeWorker()
    worker.is_deaf = True
    async with worker.as_player(home):
        session = PlaySession(home)
        writing = asyncio.create_task(session.write(Generate(), heard.told))
        await until(lambda: worker.asked)
        session.stop()
        await until(lambda: worker.commands(Cancel))
        assert not writing.done()
        session.stop()
        assert await writing is None
        assert not session.is_writing
        await session.close()


async def test_stopping_while_a_worker_is_being_reached(home: Path) -> None:
    reached = asyncio.Event()

    async def never(home: Path, trained_by: Path | None) -> object:
        reached.set()
        return await asyncio.Future()

    session = PlaySession(home, reach=never)  # type: ignore[arg-type]
    writing = asyncio.create_task(session.write(Generate(), Told()))
    await reached.wait()
    session.stop()
    assert await writing is None
    assert session.progress is None
    session.stop()  # nothing is under way


async def test_a_refusal_is_the_workers_own(session: PlaySession, worker: FakeWorker) -> None:
    worker.refuses = DataError("Checkpoint 000500 is damaged.", "So it is.", "Choose another.")
    with pytest.raises(DataError, match="Checkpoint 000500 is damaged"):
        await session.write(Generate(), Told())
    assert not session.is_writing


async def test_a_worker_that_dies_in_mid_text_is_told_and_the_next_one_is_found(
    home: Path, session: PlaySession, worker: FakeWorker
) -> None:
    heard = Heard()
    writing = asyncio.create_task(session.write(Generate(max_new_tokens=50), heard.told))
    await worker.allow(4)
    await until(lambda: heard.text == "What")
    await worker.die()
    with pytest.raises(WorkerGone, match=f"last words are in {home}/player/worker.log"):
        await writing
    assert heard.text == "What"
    await worker.allow(3)
    assert await session.write(Generate(max_new_tokens=3), heard.told) is not None
    assert heard.text == "WhatWha"


async def test_a_run_that_trains_answers_instead_of_the_player(
    home: Path, session: PlaySession, worker: FakeWorker
) -> None:
    await worker.allow(1)
    await session.write(Generate(max_new_tokens=1), Told())
    run, trainer, heard = WrittenRun(home), FakeWorker("live"), Heard()
    async with trainer.listening(run.folder.socket_path()):
        await trainer.allow(4)
        await session.write(Generate(max_new_tokens=4), heard.told)
        assert (heard.text, heard.runs) == ("live", [run.folder.path])
    run.vanish()
    await worker.allow(2)
    await session.write(Generate(max_new_tokens=2), heard.told)
    assert heard.text == "liveWh"
    run.close()


async def test_of_two_runs_that_train_each_writes_with_its_own_weights(home: Path) -> None:
    runs = [WrittenRun(home, name) for name in ("older", "newer")]
    trainers = [FakeWorker(name) for name in ("older", "newer")]
    session, inspect = PlaySession(home), Inspect("R", ids=(1,))
    async with contextlib.AsyncExitStack() as there:
        for run, trainer in zip(runs, trainers, strict=True):
            await there.enter_async_context(trainer.listening(run.folder.socket_path()))
            await trainer.allow(10)
        for run, trainer in [*zip(runs, trainers, strict=True), (runs[0], trainers[0])]:
            heard = Heard()
            await session.write(Generate(max_new_tokens=5), heard.told, run.folder.path)
            assert (heard.text, heard.runs) == (trainer.text, [run.folder.path])
            await session.explain(inspect, run.folder.path)
        assert [len(trainer.commands(Inspect)) for trainer in trainers] == [2, 1]
        await session.close()
    for run in runs:
        run.close()


async def test_live_weights_that_are_gone_are_told(
    home: Path, session: PlaySession, worker: FakeWorker
) -> None:
    run = WrittenRun(home, "stage1")
    run.vanish()
    with pytest.raises(UsageError, match="stage1 does not train any more"):
        await session.write(Generate(), Told(), run.folder.path)
    assert worker.asked == []
    run.close()


async def test_closing_gives_up_what_is_under_way(home: Path, worker: FakeWorker) -> None:
    session = PlaySession(home)
    writing = asyncio.create_task(session.write(Generate(), Told()))
    await until(lambda: worker.asked)
    await session.close()
    assert await writing is None


async def test_a_cancelled_caller_leaves_nothing_under_way(
    session: PlaySession, worker: FakeWorker
) -> None:
    writing = asyncio.create_task(session.write(Generate(), Told()))
    await until(lambda: worker.asked)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert not session.is_writing
    await worker.allow(2)
    assert await session.write(Generate(max_new_tokens=2), Told()) is not None


async def test_a_home_that_cannot_be_written_is_told(home: Path) -> None:
    async def refuse(home: Path, trained_by: Path | None) -> WorkerLink:
        raise PermissionError(13, "Permission denied", str(home / "player"))

    session = PlaySession(home, reach=refuse)
    with pytest.raises(EnvironmentNotReady, match="No worker can be started") as caught:
        await session.write(Generate(), Told())
    assert caught.value.why == f"{home / 'player'}: Permission denied."

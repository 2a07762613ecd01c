import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from written_run import WrittenRun

from ttgpt.engine import commands
from ttgpt.engine.commands import Reply, decode_request
from ttgpt.engine.errors import EnvironmentNotReady, UsageError
from ttgpt.tui import control
from ttgpt.tui.control import ask, ask_by_signal, kill_worker
from ttgpt.tui.link import WorkerGone

_HOLDER = """
import sys
from pathlib import Path
from ttgpt.engine.host.locks import Lock
Lock(Path(sys.argv[1])).acquire("training")
print(flush=True)
sys.stdin.read()
"""


async def serve(path: Path, reply: Reply | None) -> asyncio.Server:
    """Answer every request with a reply, or never."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            assert decode_request(line).command == commands.Pause()
            if reply is not None:
                writer.write(reply.encode())
        writer.close()

    return await asyncio.start_unix_server(answer, str(path))


async def test_the_answer_comes_back(home: Path) -> None:
    run = WrittenRun(home)
    async with await serve(run.folder.socket_path(), Reply(1, {"step": 7})):
        assert await ask(run.folder, commands.Pause()) == {"step": 7}
    run.close()


async def test_a_refusal_is_the_worker_s_own(home: Path) -> None:
    run = WrittenRun(home)
    async with await serve(
        run.folder.socket_path(), Reply(1, error=UsageError("Not so.", "x", "y"))
    ):
        with pytest.raises(UsageError, match="Not so"):
            await ask(run.folder, commands.Pause())
    run.close()


async def test_no_socket_says_that_the_worker_is_gone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_CONNECT_SECONDS", 0.0)
    run = WrittenRun(home)
    with pytest.raises(WorkerGone):
        await ask(run.folder, commands.Pause())
    run.close()


async def test_silence_ends_the_wait_and_says_that_it_still_counts(home: Path) -> None:
    run = WrittenRun(home)
    async with await serve(run.folder.socket_path(), None):
        with pytest.raises(EnvironmentNotReady, match="still counts"):
            await ask(run.folder, commands.Pause(), seconds=0.01)
    run.close()


async def test_a_suspended_worker_is_named_at_once(home: Path) -> None:
    run = WrittenRun(home, live=False)
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(run.folder.lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        os.kill(holder.pid, signal.SIGSTOP)
        os.waitpid(holder.pid, os.WUNTRACED)
        async with await serve(run.folder.socket_path(), None):
            with pytest.raises(EnvironmentNotReady, match=f"kill -CONT {holder.pid}"):
                await ask(run.folder, commands.Pause())
        holder.kill()


def test_a_worker_of_another_user_is_told_apart(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(pid: int, number: int) -> None:
        raise PermissionError

    run = WrittenRun(home)
    owner = run.folder.owner()
    assert owner is not None
    monkeypatch.setattr(os, "kill", refuse)
    for end in (kill_worker, lambda folder: ask_by_signal(folder, owner)):
        with pytest.raises(EnvironmentNotReady, match=f"{owner.pid} belongs to another user"):
            end(run.folder)
    run.close()

"""The worker's socket, against peers that take without giving."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support import WAIT_SECONDS

from ttgpt.engine import commands
from ttgpt.engine.commands import Command, Generate, Reply, Request, decode_answer
from ttgpt.engine.errors import DataError, EnvironmentNotReady
from ttgpt.engine.worker.loop import Loop
from ttgpt.engine.worker.models import Model, Models
from ttgpt.engine.worker.server import Server

Serve = Callable[..., Server]
Connect = Callable[[Server], socket.socket]


@pytest.fixture
def serve(home: Path) -> Iterator[Serve]:
    with contextlib.ExitStack() as opened:

        def make(**limits: Any) -> Server:
            server = Server(home / "s.sock", **limits)
            opened.callback(server.close)
            return server

        yield make


@pytest.fixture
def connect() -> Iterator[Connect]:
    with contextlib.ExitStack() as opened:

        def make(server: Server) -> socket.socket:
            link = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            link.settimeout(WAIT_SECONDS)
            link.connect(str(server.path))
            return link

        yield make


def ask(link: socket.socket, command: Command, number: int = 1) -> None:
    link.sendall(Request(number, command).encode())


def answer(link: socket.socket) -> Reply:
    with link.makefile("rb") as lines:
        reply = decode_answer(lines.readline())
    assert isinstance(reply, Reply)
    return reply


def wait_for_end(link: socket.socket) -> bytes:
    """Read until the worker hangs up, and give what it said."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while block := link.recv(65536):
            said += block
    return said


def test_a_line_without_an_end_is_refused_in_words(serve: Serve, connect: Connect) -> None:
    link = connect(serve())
    with contextlib.suppress(ConnectionError):
        for _ in range(17):
            link.sendall(b"x" * (1 << 20))
    reply = decode_answer(wait_for_end(link))
    assert isinstance(reply, Reply)
    assert isinstance(reply.error, EnvironmentNotReady)
    assert "longer than 16,777,216 bytes" in reply.error.why


def test_who_never_asks_or_stops_in_mid_line_is_dropped(serve: Serve, connect: Connect) -> None:
    server = serve(patience=0.05)
    asked, silent, half = connect(server), connect(server), connect(server)
    ask(asked, commands.Status())
    half.sendall(b'{"id": 1, "ty')
    blank = connect(server)
    blank.sendall(b"\n")
    for link in (silent, half, blank):
        assert wait_for_end(link) == b""
    found = server.inbox.get(timeout=WAIT_SECONDS)
    server.send(found.peer, Reply(1, {"is": "there"}))
    assert answer(asked).result == {"is": "there"}


def test_the_quietest_connection_makes_room_and_none_where_all_are_busy(
    serve: Serve, connect: Connect
) -> None:
    server = serve(most_peers=2)
    idle, busy = connect(server), connect(server)
    ask(busy, commands.Status())
    server.inbox.get(timeout=WAIT_SECONDS)
    other = connect(server)
    assert wait_for_end(idle) == b""
    ask(other, commands.Status())
    server.inbox.get(timeout=WAIT_SECONDS)
    refused = answer(connect(server))
    assert refused.error is not None
    assert "connections are busy" in refused.error.why


class NoModels(Models):
    """Notes what is asked for, and has nothing."""

    def __init__(self) -> None:
        super().__init__("torch")
        self.asked: list[str] = []

    def get(self, path: str, *given: Any, **settings: Any) -> Model:
        self.asked.append(path)
        raise EnvironmentNotReady("Nothing.", "", "")


class HeldTraining:
    """A training job whose only step lasts until the test lets it end."""

    ended = held = False

    def __init__(self) -> None:
        self.stepping, self.go_on = threading.Event(), threading.Event()
        self.obeyed: list[Command] = []

    def turn(self) -> None:
        self.stepping.set()
        assert self.go_on.wait(WAIT_SECONDS)

    def stop_for_signal(self) -> None:
        self.ended = True

    def obey(self, command: Command) -> dict[str, Any]:
        self.obeyed.append(command)
        return {}

    def live_model(self) -> Model:
        raise AssertionError("nobody asks for it")


def test_a_peer_that_leaves_takes_its_requests_along(serve: Serve, connect: Connect) -> None:
    server, models, training = serve(), NoModels(), HeldTraining()
    stop: Any = SimpleNamespace(raised=False)
    worker = threading.Thread(target=Loop(server, models, stop, training=training).run)
    worker.start()
    assert training.stepping.wait(WAIT_SECONDS)
    gone = connect(server)
    for number in range(300):
        ask(gone, Generate("A", "/gone"), number)
        ask(gone, commands.Inspect("A", "/gone"), number)
        ask(gone, commands.DrawSample(), number)
    ask(gone, commands.Pause())
    gone.shutdown(socket.SHUT_WR)
    assert wait_for_end(gone) == b""
    there = connect(server)
    ask(there, Generate("A", "/there"))
    training.go_on.set()
    assert answer(there).error is not None
    stop.raised = True
    worker.join()
    assert models.asked == ["/there"]
    assert training.obeyed == [commands.Pause()]


def test_a_folder_in_the_sockets_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "worker.sock").mkdir()
    with pytest.raises(DataError, match="cannot make its socket"):
        Server(tmp_path / "worker.sock")

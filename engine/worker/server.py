"""The worker's socket: a thread that moves lines, so that no peer can hold up a training step.

The thread only reads, writes and decodes. What a request means is decided by the worker's loop, on
the one thread that touches the device; the two meet in queues.
"""

from __future__ import annotations

import contextlib
import os
import queue
import selectors
import socket
import struct
import threading
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from .. import wire
from ..commands import Chunk, Reply, Request, decode_request
from ..disk.folders import disk_error
from ..errors import EnvironmentNotReady, TtgptError, UsageError

_LINE_LIMIT = 1 << 24
"""Bytes of an unfinished line after which its peer is dropped."""
_BACKLOG_LIMIT = 1 << 25
"""Unsent bytes after which a peer that does not read is dropped."""
_MOST_PEERS = 64
"""Connections at a time: each costs a descriptor, and the run's own files need theirs."""
_MOST_WAITING = 1000
"""Requests without a reply after which a peer that only asks is dropped."""
_PATIENCE_S = 60.0
"""Seconds from a connection to its first request, and from a request's first byte to its last."""


@dataclass(eq=False)
class Peer:
    """One connection. All but `left` belongs to the socket's thread alone."""

    connection: socket.socket
    heard_at: float
    """When it connected, or began or ended its last line; monotonic seconds."""
    left: bool = False
    """Whether it has hung up or was dropped: nobody reads what is done for it."""
    unread: bytearray = field(default_factory=bytearray)
    unsent: bytearray = field(default_factory=bytearray)
    asked: int = 0
    replied: int = 0

    @property
    def owes(self) -> bool:
        """Whether it has still to send a first request, or the rest of one."""
        return bool(self.unread) or not self.asked


@dataclass(frozen=True)
class Asked:
    """A request, and who made it."""

    peer: Peer
    request: Request


class Server:
    """Listens on a Unix socket that only this user can reach.

    Args:
        path: The socket.
        patience: Seconds that a peer may owe a request; see `Peer.owes`.
        most_peers: Connections at a time.
    """

    def __init__(
        self, path: Path, *, patience: float = _PATIENCE_S, most_peers: int = _MOST_PEERS
    ) -> None:
        self.path = path
        self.inbox: queue.SimpleQueue[Asked] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[tuple[Peer, bytes, bool]] = queue.SimpleQueue()
        self._patience = patience
        self._most_peers = most_peers
        self._peers: set[Peer] = set()
        self._listener = _listen(path)  # first: it may be refused
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="socket", daemon=True)
        self._thread.start()

    def send(self, peer: Peer, message: Reply | Chunk) -> None:
        """Send an answer; safe from any thread, and never waits."""
        self._outbox.put((peer, message.encode(), isinstance(message, Reply)))
        self._wake()

    def close(self) -> None:
        """Send what is waiting, then stop listening and remove the socket."""
        self._stopping = True
        self._wake()
        self._thread.join(timeout=5)
        self.path.unlink(missing_ok=True)

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it is awake already; closed: it has ended
            self._wake_write.send(b"x")

    def _serve(self) -> None:
        while not self._stopping:
            for key, mask in self._selector.select(self._drop_slow_peers()):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj is self._wake_read:
                    with contextlib.suppress(BlockingIOError):
                        self._wake_read.recv(4096)
                else:
                    self._move(key.data, mask)
            self._take_outbox()
        self._finish()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # it hung up already, or there is no descriptor left
            time.sleep(0.01)  # the listener stays ready: do not spin on it
            return
        connection.setblocking(False)
        if not _same_user(connection):
            connection.close()
            return
        peer = Peer(connection, time.monotonic())
        self._selector.register(connection, selectors.EVENT_READ, peer)
        self._peers.add(peer)
        if len(self._peers) > self._most_peers:
            self._make_room(peer)

    def _make_room(self, newest: Peer) -> None:
        """Drop the connection that was quiet for longest; refuse the newest where all are busy."""
        idle = [peer for peer in self._peers - {newest} if peer.asked == peer.replied]
        if idle:
            self._drop(min(idle, key=lambda peer: peer.heard_at))
        else:
            self._refuse(newest, "All its connections are busy.", "Try again later.")

    def _drop_slow_peers(self) -> float | None:
        """Drop who owes a request for too long; give the seconds until the next one may be due."""
        now = time.monotonic()
        owing = [peer for peer in self._peers if peer.owes]
        for peer in owing:
            if now - peer.heard_at >= self._patience:
                self._drop(peer)
        heard_at = [peer.heard_at for peer in owing if not peer.left]
        return min(heard_at) + self._patience - now if heard_at else None

    def _refuse(self, peer: Peer, why: str, next_step: str) -> None:
        """Say why, as far as the peer's buffer takes it, and hang up."""
        error = EnvironmentNotReady("The worker hangs up.", why, next_step)
        with contextlib.suppress(OSError):
            peer.connection.send(Reply(0, error=error).encode())
        self._drop(peer)

    def _move(self, peer: Peer, mask: int) -> None:
        try:
            if mask & selectors.EVENT_READ:
                self._read(peer)
            if mask & selectors.EVENT_WRITE and not peer.left:
                self._write(peer)
        except OSError:
            self._drop(peer)
        except Exception:  # a fault met by one peer must not leave the others without a service
            traceback.print_exc()
            self._drop(peer)

    def _read(self, peer: Peer) -> None:
        block = peer.connection.recv(65536)
        if not block:
            raise ConnectionError
        if not peer.unread:
            peer.heard_at = time.monotonic()
        peer.unread += block
        if b"\n" in block:  # looked for in what is new: a long line costs no more than its length
            peer.heard_at = time.monotonic()
            *lines, peer.unread = peer.unread.split(b"\n")
            for line in lines:
                if line.strip():
                    peer.asked += 1
                    self._receive(peer, bytes(line))
        if len(peer.unread) > _LINE_LIMIT:
            self._refuse(peer, f"A line is longer than {_LINE_LIMIT:,} bytes.", "Send less.")
        elif peer.asked - peer.replied > _MOST_WAITING:
            self._refuse(peer, f"{_MOST_WAITING:,} requests wait already.", "Wait for answers.")

    def _receive(self, peer: Peer, line: bytes) -> None:
        try:
            self.inbox.put(Asked(peer, decode_request(line)))
        except TtgptError as error:
            request_id = wire.from_line(line).get("id", 0)
            self.send(peer, Reply(int(request_id), error=error))
        except wire.DecodeError as error:
            self.send(peer, Reply(0, error=UsageError("A line is not a request.", error.reason)))

    def _take_outbox(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                peer, line, is_reply = self._outbox.get_nowait()
                peer.replied += is_reply
                if peer.left:
                    continue
                peer.unsent += line
                if len(peer.unsent) > _BACKLOG_LIMIT:
                    self._drop(peer)
                else:
                    self._move(peer, selectors.EVENT_WRITE)

    def _write(self, peer: Peer) -> None:
        with contextlib.suppress(BlockingIOError):
            while peer.unsent:
                del peer.unsent[: peer.connection.send(peer.unsent)]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.unsent else 0)
        self._selector.modify(peer.connection, wanted, peer)

    def _drop(self, peer: Peer) -> None:
        if not peer.left:
            peer.left = True
            self._selector.unregister(peer.connection)
            peer.connection.close()
            self._peers.discard(peer)

    def _finish(self) -> None:
        self._take_outbox()
        for key in list(self._selector.get_map().values()):
            if isinstance(key.data, Peer):
                key.data.connection.settimeout(1)
                with contextlib.suppress(OSError):
                    key.data.connection.sendall(bytes(key.data.unsent))
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._wake_write.close()
        self._selector.close()


def _listen(path: Path) -> socket.socket:
    # The lock of the run or player is held, so a socket that is there is a dead worker's.
    try:
        path.unlink(missing_ok=True)
    except OSError as error:  # a folder of that name, for one
        raise disk_error("The worker cannot make its socket.", error) from error
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)  # the socket is born 0600, without a moment of being open
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(16)
    listener.setblocking(False)
    return listener


def _same_user(connection: socket.socket) -> bool:
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # not Linux: the 0700 folder and the 0600 socket are the guard
    credentials = connection.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
    )
    _, uid, _ = struct.unpack("3i", credentials)
    return bool(uid == os.getuid())

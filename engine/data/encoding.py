"""A text's tokens as arrays, block by block, and how they come to lie in a file."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .codepoints import Numbers, blocks, numbers
from .meta import token_bytes
from .tokenizer import BpeTokenizer, CharTokenizer, Tokenizer

Tokens = npt.NDArray[np.unsignedinteger]
_WAITING = 8
"""Arrays that may wait for the disk."""
_SYNC = 1 << 25
"""Bytes after which what was written is sent on to the disk."""


def dtype_of(vocab_size: int) -> np.dtype[Any]:
    """Give what a token of such a vocabulary is kept as: little-endian, 2 or 4 bytes."""
    return np.dtype(f"<u{token_bytes(vocab_size)}")


def encoded(tokenizer: Tokenizer, pieces: Iterable[memoryview]) -> Iterator[Tokens]:
    """Give a text's tokens, each array [n] as it is kept on disk."""
    dtype = dtype_of(tokenizer.vocab_size)
    if isinstance(tokenizer, BpeTokenizer):
        from . import bulk

        return (ids.astype(dtype) for ids in bulk.encoded(tokenizer, pieces))
    every = (block for piece in pieces for block in blocks(piece))
    if isinstance(tokenizer, CharTokenizer):
        table = _table(tokenizer, dtype)
        return (_looked_up(table, numbers(block)) for block in every)
    return (np.frombuffer(block, dtype=np.uint8).astype(dtype) for block in every)


def _table(tokenizer: CharTokenizer, dtype: np.dtype[Any]) -> Tokens:
    """Give the id of each code point up to the largest of the vocabulary."""
    points = np.array([ord(character) for character in tokenizer.characters])
    table = np.zeros(max(256, int(points[-1]) + 1), dtype)
    table[points] = np.arange(len(points))
    return table


def _looked_up(table: Tokens, points: Numbers) -> Tokens:
    # Every code point is inside the table: it was made from this text. `clip` saves the check.
    return table.take(points, mode="clip")


class TokenWriter:
    """Hashes, writes and syncs in three threads: all leave the interpreter free meanwhile."""

    def __init__(self, path: Path) -> None:
        """Begin a file.

        Raises:
            OSError: The disk refused.
        """
        self.count = 0
        self._hasher = hashlib.sha256()
        self._file = path.open("wb", buffering=0)
        self._unsynced = 0
        # The disk takes what was written while more is encoded, hashed and written.
        self._sync = _Sink(lambda raw: os.fsync(self._file.fileno()))
        self._fed = [_Sink(self._hasher.update), _Sink(self._write)]

    def add(self, tokens: Tokens) -> None:
        """Have tokens written.

        Raises:
            OSError: The disk refused, these or earlier ones.
        """
        self.count += len(tokens)
        raw = tokens.data.cast("B")
        for thread in self._fed:
            thread.put(raw)

    def finish(self) -> str:
        """Wait until all is on the disk, and give the file's SHA-256.

        Raises:
            OSError: The disk refused.
        """
        for thread in (*self._fed, self._sync):
            thread.finish()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._hasher.hexdigest()

    def abandon(self) -> None:
        """Let go of the file, whatever came of it."""
        for thread in (*self._fed, self._sync):
            thread.stop()
        self._file.close()

    def _write(self, raw: memoryview) -> None:
        left = raw
        while left:
            left = left[self._file.write(left) :]
        self._unsynced += len(raw)
        if self._unsynced >= _SYNC:
            self._sync.put(raw)
            self._unsynced = 0


class _Sink:
    """A thread that does one thing with each block that it is given."""

    def __init__(self, work: Callable[[memoryview], None]) -> None:
        self._work = work
        self._queue: queue.Queue[memoryview | None] = queue.Queue(_WAITING)
        self._problem: OSError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, raw: memoryview) -> None:
        """Hand over a block; waits while too many do.

        Raises:
            OSError: The work failed.
        """
        self._raise_problem()
        self._queue.put(raw)

    def finish(self) -> None:
        """Wait until all is done.

        Raises:
            OSError: The work failed.
        """
        self.stop()
        self._raise_problem()

    def stop(self) -> None:
        """End the thread."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (raw := self._queue.get()) is not None:
            try:
                if self._problem is None:
                    self._work(raw)
            except OSError as error:
                self._problem = error

    def _raise_problem(self) -> None:
        if self._problem is not None:
            raise self._problem

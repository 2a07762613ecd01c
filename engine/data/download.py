"""Fetch a text once: with a time limit, a size limit and a known hash."""

from __future__ import annotations

import hashlib
import http.client
import time
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .. import atomic
from ..errors import DataError
from ..folders import disk_error

QUIET_SECONDS = 20.0
"""Longest wait for the next bytes."""
TOTAL_SECONDS = 120.0


class Readable(Protocol):
    """What an opener gives: bytes a block at a time, none at the end."""

    def read(self, amount: int, /) -> bytes:
        """Give up to this many bytes."""


Opener = Callable[[str, float], AbstractContextManager[Readable]]
"""Opens an address, given the longest wait in seconds."""


@dataclass(frozen=True)
class Download:
    """A text on the net, known in advance to the byte."""

    name: str
    url: str
    size: int
    sha256: str

    def path(self, home: Path) -> Path:
        """Give where it is kept; a file put there by hand is as good."""
        return home / "downloads" / f"{self.name}.txt"


def open_url(url: str, timeout: float) -> AbstractContextManager[Readable]:
    """Open an address with the standard library; the usual proxy variables count."""
    response: AbstractContextManager[Readable] = urllib.request.urlopen(url, timeout=timeout)
    return response


def fetch(download: Download, home: Path, opener: Opener = open_url) -> bytes:
    """Give the bytes, from disk where the right ones are there, else from the net.

    Raises:
        DataError: It cannot be fetched, is not what it should be, or cannot be kept.
    """
    path = download.path(home)
    try:
        kept = path.read_bytes()
    except OSError:
        kept = b""
    if _is_right(download, kept):
        return kept
    raw = _from_net(download, path, opener)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_bytes(path, raw)
    except OSError as error:
        raise disk_error(f"{download.name} could not be kept at {path}.", error) from error
    return raw


def _from_net(download: Download, path: Path, opener: Opener) -> bytes:
    try:
        with opener(download.url, QUIET_SECONDS) as response:
            raw = _read(response, download.size + 1)
    except (OSError, http.client.HTTPException) as error:
        reason = str(getattr(error, "reason", "") or error) or type(error).__name__
        raise _failed(download, path, f"The network said: {reason}.") from error
    if not _is_right(download, raw):
        got = f"{len(raw):,} bytes" if len(raw) <= download.size else "more bytes"
        why = f"{got} came, {download.size:,} with SHA-256 {download.sha256[:12]}… were expected."
        raise _failed(download, path, why)
    return raw


def _read(response: Readable, limit: int) -> bytes:
    """Read to the end, but neither for ever nor without bound."""
    deadline = time.monotonic() + TOTAL_SECONDS
    blocks: list[bytes] = []
    left = limit
    while left > 0 and (block := response.read(min(left, 1 << 16))):
        blocks.append(block)
        left -= len(block)
        if time.monotonic() > deadline:
            raise TimeoutError(f"not done after {TOTAL_SECONDS:g} s")
    return b"".join(blocks)


def _is_right(download: Download, raw: bytes) -> bool:
    return len(raw) == download.size and hashlib.sha256(raw).hexdigest() == download.sha256


def _failed(download: Download, path: Path, why: str) -> DataError:
    return DataError(
        f"{download.name} could not be fetched.",
        why,
        f"Try again, or fetch {download.url} elsewhere and put it at {path}",
    )

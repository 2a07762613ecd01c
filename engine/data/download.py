"""Fetch a text once: with a time limit, a size limit and a known hash; a broken fetch goes on."""

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

from ..disk import atomic, reading
from ..disk.folders import disk_error
from ..errors import DataError
from .telling import Say, silent

QUIET_SECONDS = 20.0
"""Longest wait for the next bytes."""
TOTAL_SECONDS = 120.0
_BLOCK = 1 << 16
_PARTIAL_CONTENT = 206


class Readable(Protocol):
    """What an opener gives: bytes a block at a time, none at the end.

    Its `status`, where it has one, is 206 when the bytes begin where they were asked to.
    """

    def read(self, amount: int, /) -> bytes:
        """Give up to this many bytes."""


Opener = Callable[[str, float, int], AbstractContextManager[Readable]]
"""Opens an address, given the longest wait in seconds and the byte to begin with."""


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

    def part(self, home: Path) -> Path:
        """Give where what came so far is kept."""
        return home / "downloads" / f"{self.name}.txt.part"

    def is_right(self, raw: bytes) -> bool:
        """Say whether these are the text's bytes."""
        return len(raw) == self.size and hashlib.sha256(raw).hexdigest() == self.sha256


class _Broken(Exception):
    """The net ended a fetch before all was there."""


def open_url(url: str, timeout: float, start: int) -> AbstractContextManager[Readable]:
    """Open an address with the standard library; the usual proxy variables count."""
    headers = {"Range": f"bytes={start}-"} if start else {}
    request = urllib.request.Request(url, headers=headers)
    response: AbstractContextManager[Readable] = urllib.request.urlopen(request, timeout=timeout)
    return response


def fetch(download: Download, home: Path, opener: Opener = open_url, say: Say = silent) -> bytes:
    """Give the bytes, from disk where the right ones are there, else from the net.

    Raises:
        DataError: It cannot be fetched, is not what it should be, or cannot be kept.
    """
    path = download.path(home)
    kept = _read(path)
    if download.is_right(kept):
        return kept
    part = download.part(home)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = _from_net(download, part, path, opener, say)
        atomic.sync_file(part)
        part.replace(path)
        atomic.sync_folder(path.parent)
    except BrokenPipeError:
        raise  # not the disk: nobody listens to `say` any more; a next fetch goes on from the part
    except OSError as error:
        part.unlink(missing_ok=True)
        raise disk_error(f"{download.name} could not be kept at {path}.", error) from error
    return raw


def _from_net(download: Download, part: Path, path: Path, opener: Opener, say: Say) -> bytes:
    """Fetch what is missing; where the whole is not right then, fetch all of it once more."""
    while True:
        kept = _read(part)
        if download.is_right(kept):  # all had come when the program ended
            return kept
        had = len(kept) if len(kept) < download.size else 0
        try:
            _append(download, part, had, opener, say)
        except _Broken as error:
            raise _failed(download, path, f"{error}{_kept(part)}") from error
        raw = _read(part)
        if download.is_right(raw):
            return raw
        if not had and len(raw) < download.size:
            why = f"{len(raw):,} of {download.size:,} bytes came.{_kept(part)}"
            raise _failed(download, path, why)
        part.unlink(missing_ok=True)
        if not had:
            got = f"{len(raw):,} bytes" if len(raw) <= download.size else "more bytes"
            wanted = f"{download.size:,} with SHA-256 {download.sha256[:12]}…"
            raise _failed(download, path, f"{got} came, {wanted} were expected.")


def _append(download: Download, part: Path, had: int, opener: Opener, say: Say) -> None:
    """Add to the part what the net gives, but neither for ever nor without bound."""
    deadline = time.monotonic() + TOTAL_SECONDS
    try:
        response = opener(download.url, QUIET_SECONDS, had)
    except (OSError, http.client.HTTPException) as error:
        raise _Broken(_network_said(error)) from error
    with response as stream:
        goes_on = had > 0 and getattr(stream, "status", 200) == _PARTIAL_CONTENT
        done = had if goes_on else 0
        with part.open("ab" if goes_on else "wb") as file:
            while done <= download.size and (block := _block(stream, download.size + 1 - done)):
                file.write(block)
                done += len(block)
                say(f"fetching {download.name}", done, download.size)
                if time.monotonic() > deadline:
                    raise _Broken(f"The network was slow: not done after {TOTAL_SECONDS:g} s.")


def _block(stream: Readable, most: int) -> bytes:
    try:
        return stream.read(min(most, _BLOCK))
    except (OSError, http.client.HTTPException) as error:
        raise _Broken(_network_said(error)) from error


def _network_said(error: Exception) -> str:
    reason = getattr(error, "reason", "") or error
    words = getattr(reason, "strerror", None) or str(reason) or type(error).__name__
    return f"The network said: {words}."


def _kept(part: Path) -> str:
    """Say what a next try begins with, and keep no empty part."""
    size = len(_read(part))
    if not size:
        part.unlink(missing_ok=True)
    return f" {size:,} bytes are kept." if size else ""


def _read(path: Path) -> bytes:
    try:
        return reading.read_bytes(path)
    except DataError:
        return b""


def _failed(download: Download, path: Path, why: str) -> DataError:
    return DataError(
        f"{download.name} could not be fetched.",
        why,
        f"Try again, or fetch {download.url} elsewhere and put it at {path}",
    )

"""Which texts a person means: bundled, downloaded, standard input, files, folders, patterns."""

from __future__ import annotations

import glob
import os
import stat
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from ..convert import shown
from ..errors import DataError, nearest
from .analysis import LeftOut
from .binary import SNIFFED, binary_kind
from .download import Download, Opener, fetch, open_url
from .recipe import STDIN
from .telling import Say, silent

BUNDLED = {"harbour": "harbour.txt"}
DOWNLOADS = {
    "tiny-shakespeare": Download(
        name="tiny-shakespeare",
        url="https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        size=1_115_394,
        sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    )
}
LARGEST = 1 << 30
"""Bytes of all sources together. They are held in memory while they are prepared."""

_NO_TEXT = "A plain text is needed."
_PATTERN = frozenset("*?[")
_LONGEST_PATH = 4096
"""No system has longer ones, and matching endless patterns takes long."""


@dataclass(frozen=True)
class Source:
    """One text that was found, not read yet."""

    kind: Literal["bundled", "download", "stdin", "file"]
    name: str
    """Short: the source's name, or the file's without its ending."""
    origin: str
    """`bundled`, the address, `standard input`, or the file's absolute path."""
    given: str
    """What the person wrote, made absolute where it is a path."""

    @property
    def is_jsonl(self) -> bool:
        """Whether its lines are JSON objects."""
        return self.kind == "file" and self.origin.endswith((".jsonl", ".ndjson"))


@dataclass(frozen=True)
class Located:
    """The texts in the order in which they follow one another, and the files that are none."""

    sources: tuple[Source, ...]
    left_out: tuple[LeftOut, ...]


def source_names() -> list[str]:
    """Give the names that stand for texts, bundled ones first."""
    return [*BUNDLED, *DOWNLOADS]


def shown_name(origin: str) -> str:
    """Give the name under which a person knows the text that came from there."""
    known = {download.url: name for name, download in DOWNLOADS.items()}
    return known.get(origin) or os.path.basename(origin)


def known_sha256(source: str) -> str | None:
    """Give the hash of a named text where it is known without reading the text."""
    return DOWNLOADS[source].sha256 if source in DOWNLOADS else None


def locate(given: tuple[str, ...]) -> Located:
    """Find the texts that were asked for, each once.

    A file whose name is one of `source_names` is reached as `./NAME`. A folder gives its files and
    those of its folders by their paths, without hidden ones; what is no text in it is left out.

    Raises:
        DataError: There is no such text, or it cannot be one.
    """
    found: dict[str, Source] = {}
    left_out: dict[str, LeftOut] = {}
    for source in given:
        located = _locate(source)
        for one in located.sources:
            found.setdefault(os.path.realpath(one.origin) if one.kind == "file" else one.name, one)
        left_out.update((one.path, one) for one in located.left_out)
    sources = tuple(found.values())
    _check_size(sources)
    return Located(sources, tuple(left_out.values()))


def read(source: Source, home: Path, opener: Opener = open_url, say: Say = silent) -> bytes:
    """Read a text's bytes.

    Raises:
        DataError: It cannot be read, fetched, or is too large.
    """
    if source.kind == "bundled":
        return _bundled(source.name)
    if source.kind == "download":
        return fetch(DOWNLOADS[source.name], home, opener, say)
    if source.kind == "stdin":
        return _stdin()
    say(f"reading {source.name}", 0, 0)
    try:
        return Path(source.origin).read_bytes()
    except OSError as error:
        raise _unreadable(source.origin, error) from error


def _locate(given: str) -> Located:
    if given == STDIN:
        return Located((Source("stdin", "stdin", "standard input", STDIN),), ())
    if given in BUNDLED:
        return Located((Source("bundled", given, "bundled", given),), ())
    if given in DOWNLOADS:
        return Located((Source("download", given, DOWNLOADS[given].url, given),), ())
    path = os.path.abspath(os.path.expanduser(given)) if given else given
    if not os.path.lexists(path):
        return _pattern(path, given)
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            return _folder(path)
    except FileNotFoundError as error:
        raise DataError(
            f"{path} is a link that leads nowhere.",
            f"There is no {os.path.realpath(path)}.",
            "Mend the link, or choose another file.",
        ) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    _check_kind(path, status)
    return Located((_file(path, path),), ())


def _pattern(path: str, given: str) -> Located:
    if len(path) > _LONGEST_PATH or not _PATTERN & set(path):
        raise DataError(
            f"There is no text {shown(given)}.",
            "It is neither the name of a text nor a file or folder.",
            nearest(given, source_names()),
        )
    # Links lead to one file on many ways, in a circle on dozens; the shortest stands for it.
    ways = sorted(glob.glob(path, recursive=True), key=len, reverse=True)
    files = {os.path.realpath(way): way for way in ways if not os.path.isdir(way)}
    return _texts_among(sorted(files.values()), path)


def _folder(path: str) -> Located:
    def fail(error: OSError) -> None:
        raise error

    files = []
    for folder, folders, names in os.walk(path, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [os.path.join(folder, name) for name in names if not name.startswith(".")]
    return _texts_among(sorted(files), path)


def _texts_among(paths: list[str], given: str) -> Located:
    """Keep the files that look like text, and say why the others do not."""
    sources, left_out = [], []
    for path in paths:
        reason = _no_text(path)
        if reason:
            left_out.append(LeftOut(path=path, reason=reason))
        else:
            sources.append(_file(path, given))
    if not sources:
        others = f"; {len(left_out):,} left out, such as {left_out[0].path}" if left_out else ""
        raise DataError(
            f"There is no text in {given}.",
            f"Files that are hidden, empty or binary do not count{others}.",
            "Choose another folder, or a file.",
        )
    return Located(tuple(sources), tuple(left_out))


def _no_text(path: str) -> str:
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return "a pipe or a device"
        if status.st_size == 0:
            return "empty"
        with open(path, "rb") as file:
            return binary_kind(file.read(SNIFFED))
    except PermissionError as error:
        raise _unreadable(path, error) from error
    except OSError as error:
        return (error.strerror or str(error)).lower()


def _file(path: str, given: str) -> Source:
    return Source("file", Path(path).stem, path, given)


def _check_kind(path: str, status: os.stat_result) -> None:
    # Not opened before this is known: opening a pipe waits, opening a device may act.
    if not stat.S_ISREG(status.st_mode):
        raise DataError(
            f"{path} is a pipe or a device.",
            _NO_TEXT,
            "Save the text to a file, or give it on standard input with - as the source.",
        )
    if status.st_size > LARGEST:
        raise _too_large(path, status.st_size)


def _check_size(sources: tuple[Source, ...]) -> None:
    total = 0
    for source in sources:
        if source.kind == "file":
            try:
                total += os.stat(source.origin).st_size
            except OSError as error:
                raise _unreadable(source.origin, error) from error
    if total > LARGEST:
        raise _too_large(f"{sources[0].origin} and the others together", total)


def _stdin() -> bytes:
    if sys.stdin is None:  # Python's way to say that the descriptor is closed
        raise DataError(
            "Standard input cannot be read.",
            "It is closed.",
            "Pipe a text into it, or give a file as the source.",
        )
    raw = sys.stdin.buffer.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise _too_large("Standard input", len(raw))
    return raw


def _bundled(source: str) -> bytes:
    try:
        return resources.files("ttgpt.assets").joinpath(BUNDLED[source]).read_bytes()
    except OSError as error:
        raise DataError(
            f"The bundled text {source} cannot be read.",
            f"{error.strerror}: the installation is not complete.",
            "Install ttgpt-tui again.",
        ) from error


def _too_large(what: str, size: int) -> DataError:
    return DataError(
        f"{what}: {size:,} bytes are too many.",
        f"Texts may have {LARGEST:,} together; they are held in memory while they are prepared.",
        "Take a part of it: head -c 500M FILE > NEW",
    )


def _unreadable(path: str, error: OSError | ValueError) -> DataError:
    if isinstance(error, PermissionError):
        where = error.filename or path
        return DataError(
            f"{where} cannot be read.", "No permission.", f"Allow it: chmod u+r '{where}'"
        )
    why = getattr(error, "strerror", None) or str(error)
    return DataError(f"{path} cannot be read.", f"{why}.", "Choose another file.")

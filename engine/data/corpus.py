"""Where texts come from: bundled, downloaded once and checked, or a person's own file."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ..errors import DataError, nearest
from .download import Download, Opener, fetch, open_url

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
"""Bytes. A text is held in memory while it is prepared."""

_NO_TEXT = "A plain text file in UTF-8 is needed."


@dataclass(frozen=True)
class SourceText:
    """A whole text and where it came from."""

    name: str
    """Short: the source's name, or the file's without its ending."""
    text: str
    origin: str
    """`bundled`, the address, or the file's absolute path."""
    sha256: str
    """Of the text as UTF-8, without a byte order mark."""


def source_names() -> list[str]:
    """Give the names that stand for texts, bundled ones first."""
    return [*BUNDLED, *DOWNLOADS]


def known_sha256(source: str) -> str | None:
    """Give the hash of a named text where it is known without reading the text."""
    return DOWNLOADS[source].sha256 if source in DOWNLOADS else None


def read_source(source: str, home: Path, *, opener: Opener = open_url) -> SourceText:
    """Read a text.

    Args:
        source: One of `source_names`, or a file's path. A file whose name is one of these is
            reached as `./NAME`.
        home: Downloads are kept in its folder `downloads`.
        opener: How an address is opened.

    Raises:
        DataError: There is no such text, or it is not a text in UTF-8, or it cannot be fetched.
    """
    if source in BUNDLED:
        return _text(source, _bundled(source), "bundled")
    if source in DOWNLOADS:
        download = DOWNLOADS[source]
        return _text(source, fetch(download, home, opener), download.url)
    path = Path(os.path.expanduser(source))
    return _text(path.stem, _file(path, source), str(path.absolute()))


def _text(name: str, raw: bytes, origin: str) -> SourceText:
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if not raw:
        raise DataError(f"{origin} is empty.", _NO_TEXT, "Choose a file with text in it.")
    if b"\0" in raw:
        raise _not_text(origin, raw, raw.index(b"\0"))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_text(origin, raw, error.start) from error
    return SourceText(name, text, origin, hashlib.sha256(raw).hexdigest())


def _not_text(origin: str, raw: bytes, offset: int) -> DataError:
    utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    return DataError(
        f"{origin} is not a text in UTF-8: byte 0x{raw[offset]:02X} at offset {offset:,}.",
        "It begins like UTF-16." if utf16 else _NO_TEXT,
        "Convert it first: iconv -f UTF-16 -t UTF-8 FILE > NEW"
        if utf16
        else "Choose another file, or convert it: iconv -f LATIN1 -t UTF-8 FILE > NEW",
    )


def _bundled(source: str) -> bytes:
    try:
        return resources.files("ttgpt.assets").joinpath(BUNDLED[source]).read_bytes()
    except OSError as error:
        raise DataError(
            f"The bundled text {source} cannot be read.",
            f"{error.strerror}: the installation is not complete.",
            "Install ttgpt-tui again.",
        ) from error


def _file(path: Path, source: str) -> bytes:
    try:
        status = os.stat(path)
        # Not opened before this is known: opening a pipe waits, opening a device may act.
        _check_kind(path, status)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(
            f"There is no text {source}.",
            "It is neither the name of a text nor a file.",
            nearest(source, source_names()),
        ) from error
    except PermissionError as error:
        raise DataError(
            f"{path} cannot be read.", "No permission.", f"Allow it: chmod u+r '{path}'"
        ) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{path} cannot be read.", f"{why}.", "Choose another file.") from error


def _check_kind(path: Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise DataError(f"{path} is a folder.", _NO_TEXT, "Choose one file in it.")
    if not stat.S_ISREG(status.st_mode):
        raise DataError(
            f"{path} is a pipe or a device.", _NO_TEXT, "Save the text to a file first."
        )
    if status.st_size > LARGEST:
        raise DataError(
            f"{path} has {status.st_size:,} bytes.",
            f"A text may have {LARGEST:,}.",
            "Take a part of it: head -c 500M FILE > NEW",
        )

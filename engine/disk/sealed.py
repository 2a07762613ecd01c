"""A JSON file that vouches for itself and for the files beside it.

Its `files` gives each neighbour's length and SHA-256; its `digest` is the SHA-256 of the canonical
JSON (keys sorted, no spaces) of everything else in it. The file must also read exactly as it would
be written, so that no changed byte anywhere goes unseen, not even a space. Standard library only.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import wire
from . import atomic, reading
from .reading import DamagedFileError


def write(
    path: Path,
    fields: dict[str, Any],
    files: Iterable[str],
    hashes: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Write the sealed file once all its neighbours are written.

    Args:
        path: Where.
        fields: Plain values; a number that is not finite becomes null.
        files: Names in the same folder to vouch for.
        hashes: The SHA-256 of those that were hashed while they were written.

    Returns:
        What a reader will get.
    """
    body: dict[str, Any] = wire.from_line(wire.to_line(fields))
    known = hashes or {}
    body["files"] = {
        name: _fingerprint(path.parent / name, known.get(name)) for name in sorted(files)
    }
    body["digest"] = _digest(body)
    atomic.write_bytes(path, _text(body))
    return body


def read(path: Path) -> dict[str, Any]:
    """Read a sealed file and check its own digest, not yet its neighbours.

    Raises:
        DamagedFileError: It is missing or not as it was written.
    """
    raw = reading.read_bytes(path)
    try:
        body = wire.parse(raw)
        whole = isinstance(body, dict) and body["digest"] == _digest(body) and raw == _text(body)
        listed = whole and all(map(_is_listed, body["files"], body["files"].values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFileError(path, "is damaged") from error
    if not listed:
        raise DamagedFileError(path, "is damaged")
    return dict(body)


def check_sizes(folder: Path, body: dict[str, Any]) -> None:
    """Check that every listed neighbour is there and has its length.

    Raises:
        DamagedFileError: One is missing or has another length.
    """
    for name, expected in body["files"].items():
        size = _size(folder / name)
        if size != expected["bytes"]:
            wanted = expected["bytes"]
            raise DamagedFileError(folder / name, f"has {size:,} bytes instead of {wanted:,}")


def check_hashes(folder: Path, body: dict[str, Any], skip: Container[str] = ()) -> None:
    """Check every listed neighbour's length and content.

    Raises:
        DamagedFileError: One is missing, or differs from what was written.
    """
    check_sizes(folder, body)
    for name, expected in body["files"].items():
        if name not in skip and _sha256(folder / name) != expected["sha256"]:
            raise DamagedFileError(folder / name, "has changed since it was written")


def _is_listed(name: str, expected: dict[str, Any]) -> bool:
    # Whoever made the file also made its digest: a name must not lead out of the folder.
    is_plain = name not in ("", ".", "..") and "/" not in name and "\0" not in name
    return is_plain and {"bytes", "sha256"} <= set(expected)


def _digest(body: dict[str, Any]) -> str:
    rest = {key: value for key, value in body.items() if key != "digest"}
    return hashlib.sha256(
        json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def _text(body: dict[str, Any]) -> bytes:
    return (json.dumps(body, indent=2) + "\n").encode()


def _fingerprint(path: Path, sha256: str | None) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": sha256 or _sha256(path)}


def _sha256(path: Path) -> str:
    hasher = hashlib.sha256()
    try:
        with reading.open_plain(path) as file:
            while block := file.read(1 << 20):
                hasher.update(block)
    except OSError as error:
        raise reading.refused(path, error) from error
    return hasher.hexdigest()


def _size(path: Path) -> int:
    try:
        with reading.open_plain(path) as file:
            return os.fstat(file.fileno()).st_size
    except OSError as error:
        raise reading.refused(path, error) from error

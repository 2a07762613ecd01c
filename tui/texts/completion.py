"""What can stand in a field for a text: the names that are known, texts used before, files."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..format import size

_MOST = 200
"""Entries of a folder that are offered; whoever has more types another letter."""


@dataclass(frozen=True)
class Offered:
    """Something that could be chosen."""

    text: str
    """What the field then says."""
    about: str = ""
    """What it is, in a few words."""


def complete(typed: str, known: Sequence[Offered]) -> list[Offered]:
    """Give what fits what was typed: known names first, then files and folders.

    Args:
        typed: What stands in the field; `~` is the person's own folder.
        known: What is offered whatever lies on the disk.
    """
    if not typed or any(one.text == typed for one in known):
        return list(known)
    word = typed.casefold()
    fitting = [one for one in known if word in one.text.casefold()]
    named = {one.text for one in fitting}
    return fitting + [one for one in _files(typed) if one.text not in named]


def common_start(typed: str, offered: Sequence[Offered]) -> str:
    """Give how far what was typed can be written on without choosing."""
    going_on = [one.text for one in offered if one.text.startswith(typed)]
    if not going_on:
        return typed
    # What lies between the first and the last in order begins as both of them do.
    first, last = min(going_on), max(going_on)
    pairs = zip(first, last, strict=False)
    return "".join(a for a, b in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _files(typed: str) -> list[Offered]:
    folder, start = os.path.split(typed)
    try:
        with os.scandir(Path(os.path.expanduser(folder or "."))) as entries:
            found = [entry for entry in entries if _fits(entry.name, start)]
    except (OSError, ValueError, RuntimeError):
        return []
    found.sort(key=lambda entry: entry.name.casefold())
    return [_offered(os.path.join(folder, entry.name), entry) for entry in found[:_MOST]]


def _fits(name: str, start: str) -> bool:
    return name.startswith(start) and (start.startswith(".") or not name.startswith("."))


def _offered(path: str, entry: os.DirEntry[str]) -> Offered:
    try:
        if entry.is_dir():
            return Offered(path + os.sep, "folder")
        return Offered(path, size(entry.stat().st_size) if entry.is_file() else "")
    except OSError:
        return Offered(path)

"""Hold a part of the text out for validation: its end, or a whole file."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from ..errors import UsageError, nearest
from .codepoints import blocks
from .file_text import FileText, Pieces
from .recipe import Recipe


def by_place(files: Sequence[FileText], recipe: Recipe) -> tuple[Pieces, Pieces]:
    """Hold out the last characters of the whole text; give both parts."""
    # The text is cut, not the tokens: a character of several bytes stays whole.
    left = int(sum(file.seen.total for file in files) * (1 - recipe.val_fraction))
    train: Pieces = []
    val: Pieces = []
    for file in files:
        for piece in file.pieces:
            place, taken = _place(piece, left, file.is_ascii)
            left -= taken
            train.append(piece[:place])
            val.append(piece[place:])
    return _filled(train), _filled(val)


def _place(piece: memoryview, characters: int, is_ascii: bool) -> tuple[int, int]:
    """Find the byte before which that many characters lie, and how many do where it is shorter."""
    if is_ascii:
        place = min(characters, len(piece))
        return place, place
    start = taken = 0
    for block in blocks(piece):
        raw = np.frombuffer(block, dtype=np.uint8)
        begins = (raw & 0xC0) != 0x80  # the first byte of a character
        here = int(np.count_nonzero(begins))
        if taken + here > characters:
            return start + int(np.flatnonzero(begins)[characters - taken]), characters
        taken, start = taken + here, start + len(block)
    return start, taken


def by_file(files: Sequence[FileText], recipe: Recipe) -> tuple[Pieces, Pieces]:
    """Hold out one whole file.

    Raises:
        UsageError: There is one file only, or none of that name.
    """
    if len(files) < 2:
        raise UsageError(
            "There is one file, so none can be held out.",
            "Splitting by file needs two texts or more.",
            "Give more files, or split by position.",
        )
    held = _named(files, recipe.held_out_file) if recipe.held_out_file else _nearest(files, recipe)
    train = [piece for file in files if file is not held for piece in file.pieces]
    return _filled(train), _filled(held.pieces)


def _named(files: Sequence[FileText], wanted: str) -> FileText:
    path = os.path.abspath(os.path.expanduser(wanted))
    for file in files:
        source = file.raw.source
        if wanted in (source.name, source.origin, _shown(file)) or source.origin == path:
            return file
    names = [_shown(file) for file in files]
    raise UsageError(
        f"{wanted} cannot be held out.", "It is none of the texts.", nearest(wanted, names)
    )


def _shown(file: FileText) -> str:
    source = file.raw.source
    return os.path.basename(source.origin) if source.kind == "file" else source.name


def _nearest(files: Sequence[FileText], recipe: Recipe) -> FileText:
    wanted = recipe.val_fraction * sum(file.seen.total for file in files)
    return min(files, key=lambda file: abs(file.seen.total - wanted))


def _filled(pieces: Pieces) -> Pieces:
    return [piece for piece in pieces if len(piece)]

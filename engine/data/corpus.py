"""From sources to one cleaned text in UTF-8, cut into a training and a validation part.

A text is kept as the bytes of its files, never as one str: a single emoji makes a str take four
bytes for every character of it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import DataError
from . import decoding, sources
from .analysis import SourceFact
from .cleaning import Step, clean
from .cleaning_steps import steps_of
from .codepoints import CodePoints, blocks, numbers
from .download import Opener, open_url
from .file_text import FileText, Pieces, RawText
from .meta import Removed
from .recipe import Recipe
from .sources import Located, Source
from .splitting import by_file, by_place
from .telling import Say, silent

HALVES = "half_characters"
"""Under this name it is told what was left out of characters that a file's ends cut through."""


@dataclass
class Corpus:
    """A cleaned text and what was counted on the way."""

    train: Pieces
    val: Pieces
    seen: CodePoints
    sha256: str
    """Of the whole text, the validation part last."""
    facts: tuple[SourceFact, ...]
    steps: list[Step]
    removed: tuple[Removed, ...]

    @property
    def bytes(self) -> int:
        """Of the whole text."""
        return sum(map(len, self.train)) + sum(map(len, self.val))

    @property
    def lines(self) -> int:
        """Line feeds, and one more where the text does not end with one."""
        return self.seen.count("\n") + (self.val[-1][-1] != ord("\n"))


def read_all(
    located: Located, home: Path, opener: Opener = open_url, say: Say = silent
) -> list[RawText]:
    """Read every source.

    Raises:
        DataError: One cannot be read.
    """
    texts = []
    for number, source in enumerate(located.sources):
        say(f"reading {source.name}", number, len(located.sources))
        content = sources.read(source, home, opener, say)
        texts.append(RawText(source, content, hashlib.sha256(content).hexdigest()))
    return texts


def build(texts: list[RawText], recipe: Recipe, say: Say = silent) -> Corpus:
    """Decode, clean and cut what was read. The list is emptied on the way, to free its room.

    Raises:
        DataError: A text is not what it should be, or nothing is left of it.
        UsageError: The file to hold out is none of them.
    """
    steps = steps_of(recipe.cleaning)
    done, total = 0, sum(len(text.content) for text in texts)
    files: list[FileText] = []
    while texts:
        file = _file(texts.pop(0), recipe, steps)
        files.append(file)
        done += file.size
        say("looking at characters", done, total)
    removed = [Removed(step=s.name, removed=s.removed, unit=s.unit) for s in steps]
    halves = sum(file.halves for file in files)
    if halves:
        removed.append(Removed(step=HALVES, removed=halves, unit="bytes"))
    if recipe.drop_rare:
        removed.append(_drop_rare(files, recipe.drop_rare))
    files = [file for file in files if file.seen.total]
    if not files:
        raise _nothing_left(removed)
    _end_lines(files)
    seen = _sum(files)
    train, val = by_file(files, recipe) if recipe.split == "file" else by_place(files, recipe)
    sha256 = files[0].raw.sha256 if len(files) == 1 and files[0].is_as_read else _hash(train + val)
    return Corpus(train, val, seen, sha256, tuple(map(_fact, files)), steps, tuple(removed))


def _file(raw: RawText, recipe: Recipe, steps: list[Step]) -> FileText:
    """Decode a file, clean it and count its characters."""
    source, content, encoding = raw.source, raw.content, _encoding(raw.source, recipe)
    decoding.check_is_text(content, source.origin, encoding)
    file = FileText(raw, len(content), [])
    if encoding == "utf-8":
        content = decoding.without_halves(content)
        file.halves = file.size - len(content)
    if not steps and not source.is_jsonl and encoding == "utf-8":
        file.pieces = [decoding.without_mark(content)]
        file.is_as_read = len(file.pieces[0]) == file.size
        _count(file, content)
        return file
    raw.content = b""  # each block is let go of as it becomes a segment of clean text
    parts = decoding.decoded(content, source.origin, encoding)
    if source.is_jsonl:
        parts = decoding.records(parts, recipe.text_field, source.origin)
    for segment in clean(parts, steps):
        file.pieces.append(memoryview(segment.encode("utf-8")))
        for block in blocks(file.pieces[-1]):
            file.seen.add(numbers(block))
    return file


def _encoding(source: Source, recipe: Recipe) -> str:
    return recipe.encoding if source.kind in ("file", "stdin") else "utf-8"


def _count(file: FileText, content: bytes) -> None:
    (piece,) = file.pieces
    if not len(piece):
        raise decoding.empty(file.raw.source.origin)
    place = len(content) - len(piece)
    for block in blocks(piece):
        try:
            file.seen.add(numbers(block))
        except UnicodeDecodeError as error:
            raise decoding.not_in_encoding(
                content, place + error.start, file.raw.source.origin, "utf-8"
            ) from error
        place += len(block)


def _drop_rare(files: list[FileText], most: int) -> Removed:
    """Take out the characters that occur this often or less in all files together."""
    counts = _sum(files).counts
    rare = [chr(place) for place in np.flatnonzero((counts > 0) & (counts <= most))]
    removed = int(counts[(counts > 0) & (counts <= most)].sum())
    if rare:
        pattern = re.compile("[" + "".join(map(re.escape, rare)) + "]")
        for file in files:
            _without(file, pattern, rare)
    return Removed(step="drop_rare", removed=removed, unit="characters")


def _without(file: FileText, pattern: re.Pattern[str], rare: list[str]) -> None:
    if not any(file.seen.count(character) for character in rare):
        return
    kept: Pieces = []
    for piece in file.pieces:
        for block in blocks(piece):
            text = str(block, "utf-8")
            changed = pattern.sub("", text)
            kept.append(block if changed == text else memoryview(changed.encode("utf-8")))
    file.pieces, file.is_as_read = kept, False
    for character in rare:
        if file.seen.count(character):
            file.seen.counts[ord(character)] = 0


def _end_lines(files: list[FileText]) -> None:
    """Put a line feed after each file that ends without one, so that no two words run together."""
    for file in files[:-1]:
        last = next(piece for piece in reversed(file.pieces) if len(piece))
        if last[-1] != ord("\n"):
            file.pieces.append(memoryview(b"\n"))
            file.seen.add(np.frombuffer(b"\n", dtype=np.uint8))


def _sum(files: list[FileText]) -> CodePoints:
    if len(files) == 1:
        return files[0].seen
    counts = np.zeros(max(len(file.seen.counts) for file in files), np.int64)
    for file in files:
        counts[: len(file.seen.counts)] += file.seen.counts
    return CodePoints(counts)


def _hash(pieces: Pieces) -> str:
    hasher = hashlib.sha256()
    for piece in pieces:
        hasher.update(piece)
    return hasher.hexdigest()


def _fact(file: FileText) -> SourceFact:
    return SourceFact(
        origin=file.raw.source.origin,
        bytes=file.size,
        sha256=file.raw.sha256,
        characters=file.seen.total,
    )


def _nothing_left(removed: list[Removed]) -> DataError:
    told = ", ".join(f"{one.step} {one.removed:,} {one.unit}" for one in removed if one.removed)
    return DataError(
        "Nothing is left of the text.",
        f"Taken out: {told}." if told else "It holds no characters.",
        "Turn some of the cleaning off, or choose another text.",
    )

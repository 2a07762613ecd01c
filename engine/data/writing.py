"""Write a data set's files: tokens, the tokenizer, and a description that vouches for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from ..disk import sealed
from ..errors import DataError
from . import ngrams
from .codepoints import blocks
from .corpus import Corpus
from .encoding import TokenWriter, encoded
from .mapped import open_tokens
from .meta import FILES, FORMAT_VERSION, META, Meta, Versions
from .recipe import Recipe
from .telling import Say
from .tokenizer import Tokenizer
from .tokenizer_making import library_version

SHORTEST_PART = 3
"""Tokens: one window of the smallest block_size."""


@dataclass(frozen=True)
class Making:
    """A set that is about to be written."""

    recipe: Recipe
    identity: str
    corpus: Corpus
    tokenizer: Tokenizer
    say: Say


def fill(folder: Path, name: str, making: Making) -> Meta:
    """Write everything into an empty folder.

    Raises:
        DataError: A part is too short.
        OSError: The disk refused.
    """
    corpus, tokenizer = making.corpus, making.tokenizer
    train = _put(folder / "train.bin", making, corpus.train, done=0)
    val = _put(folder / "val.bin", making, corpus.val, done=_size(corpus.train))
    check_length(name, train.tokens, val.tokens)
    size = tokenizer.vocab_size
    making.say("counting pairs", corpus.bytes, corpus.bytes)
    losses = ngrams.losses(train.counted(size), val.counted(size), size)
    meta = Meta(
        name=name,
        sha256=corpus.sha256,
        identity=making.identity,
        sources=corpus.facts,
        recipe=making.recipe,
        removed=corpus.removed,
        bytes=corpus.bytes,
        characters=corpus.seen.total,
        lines=corpus.lines,
        train_tokens=train.tokens,
        val_tokens=val.tokens,
        vocab_size=size,
        unigram_loss=losses.unigram,
        bigram_loss=losses.bigram,
        counted_tokens=losses.counted_tokens,
        versions=_versions(tokenizer),
    )
    tokenizer.save(folder / "tokenizer.json")
    fields = {"format": FORMAT_VERSION, **asdict(meta)}
    hashes = {"train.bin": train.sha256, "val.bin": val.sha256}
    sealed.write(folder / META, fields, FILES, hashes)
    return meta


@dataclass(frozen=True)
class _Part:
    """A part that lies in its file."""

    path: Path
    tokens: int
    sha256: str
    table: ngrams.PairTable | None
    """Its pairs, where they were counted on the way."""

    def counted(self, vocab_size: int) -> ngrams.Counted:
        if self.table is not None:
            return self.table.counted()
        return ngrams.count(open_tokens(self.path, vocab_size), vocab_size)


def _put(path: Path, making: Making, pieces: list[memoryview], done: int) -> _Part:
    """Write a part's tokens and count their pairs; `done` bytes of the text were written before."""
    size = making.tokenizer.vocab_size
    table = ngrams.PairTable(size, _size(pieces)) if ngrams.is_dense(size) else None
    writer = TokenWriter(path)
    try:
        for tokens in encoded(making.tokenizer, _told(pieces, making, done)):
            writer.add(tokens)
            if table:
                table.add(tokens)
        return _Part(path, writer.count, writer.finish(), table)
    finally:
        writer.abandon()


def _told(pieces: list[memoryview], making: Making, done: int) -> Iterator[memoryview]:
    """Give a text block by block, and say how much was given."""
    for piece in pieces:
        for block in blocks(piece):
            making.say("encoding", done, making.corpus.bytes)
            done += len(block)
            yield block


def _size(pieces: list[memoryview]) -> int:
    return sum(map(len, pieces))


def check_length(name: str, train: int, val: int) -> None:
    """Check that a set's parts, in tokens, are long enough to train on and to validate on.

    Raises:
        DataError: One is not.
    """
    if min(train, val) < SHORTEST_PART:
        raise DataError(
            f"{name} is too short: {train} training and {val} validation tokens.",
            f"Each part needs {SHORTEST_PART} at the least, and far more to learn from.",
            "Take a longer text.",
        )


def _versions(tokenizer: Tokenizer) -> Versions:
    return Versions(
        ttgpt=metadata.version("ttgpt-tui"),
        unicode=unicodedata.unidata_version,
        tokenizers=library_version(tokenizer),
    )

"""What is known of a prepared data set: its `meta.json`, sealed with the files beside it.

Light: the screen lists sets with it. No date stands in it: the same texts and settings give the
same bytes.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import convert
from ..disk import sealed
from ..disk.reading import DamagedFileError
from ..errors import DataError, UsageError
from .analysis import SourceFact
from .recipe import Recipe

FORMAT_VERSION = 2
META = "meta.json"
FILES = ("train.bin", "val.bin", "tokenizer.json")
LARGEST_UINT16_VOCABULARY = 1 << 16
"""A token is kept in 16 bits while every id fits, in 32 bits beyond."""


@dataclass(frozen=True, kw_only=True)
class Removed:
    """What a cleaning step took out."""

    step: str
    """The field's name in `Cleaning`, `drop_rare`, or `half_characters`."""
    removed: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class Versions:
    """What the set was made with; another one may cut words or fold characters otherwise."""

    ttgpt: str
    unicode: str
    tokenizers: str
    """Empty where that library was not used."""


@dataclass(frozen=True, kw_only=True)
class Meta:
    """What is known of a prepared set."""

    name: str
    sha256: str
    """Of the cleaned text as UTF-8, the held-out part last."""
    identity: str
    """Hash of the sources' bytes and of every setting: equal ones give equal sets."""
    sources: tuple[SourceFact, ...]
    recipe: Recipe
    removed: tuple[Removed, ...]
    bytes: int
    """Of the cleaned text as UTF-8."""
    characters: int
    lines: int
    train_tokens: int
    val_tokens: int
    vocab_size: int
    unigram_loss: float
    """Nats per validation token when only how often each token occurs is known."""
    bigram_loss: float
    """Nats per validation token when only the token before is seen."""
    counted_tokens: int
    """Training tokens that both losses were counted on: all, or a part spread over a long text."""
    versions: Versions

    @property
    def is_loss_estimate(self) -> bool:
        """Whether both losses were counted on a part of the training tokens only."""
        return self.counted_tokens < self.train_tokens

    @property
    def tokenizer(self) -> str:
        """Which kind of tokenizer."""
        return self.recipe.tokenizer

    @property
    def val_fraction(self) -> float:
        """The share that was asked to be held out."""
        return self.recipe.val_fraction

    @property
    def source(self) -> str:
        """`bundled`, an address or a file's path, and how many more there are."""
        more = len(self.sources) - 1
        return self.sources[0].origin + (f" and {more:,} more" if more else "")

    @property
    def token_bytes(self) -> int:
        """Bytes of a token in `train.bin` and `val.bin`, little-endian."""
        return token_bytes(self.vocab_size)

    def check_block_size(self, block_size: int) -> None:
        """Check that each part holds at least one window.

        Raises:
            DataError: A part is too short.
        """
        shorter = min(self.train_tokens, self.val_tokens)
        check_window("training", self.train_tokens, block_size, shorter)
        check_window("validation", self.val_tokens, block_size, shorter)


def token_bytes(vocab_size: int) -> int:
    """Give the bytes that a token of such a vocabulary takes on disk."""
    return 2 if vocab_size <= LARGEST_UINT16_VOCABULARY else 4


def check_window(part: str, tokens: int, block_size: int, shortest_part: int | None = None) -> None:
    """Check that a part holds one window: block_size inputs and the target after the last.

    Raises:
        DataError: It does not; says which block_size would fit.
    """
    if tokens > block_size:
        return
    largest = min(tokens, shortest_part if shortest_part is not None else tokens) - 1
    raise DataError(
        f"The {part} part has {tokens:,} tokens: too few for block_size {block_size:,}.",
        f"A window is block_size tokens and the one that follows: {block_size + 1:,}.",
        f"Set model.block_size to {largest:,} or less, or take a longer text."
        if largest >= 2
        else "Take a longer text.",
    )


def read_meta(folder: Path) -> Meta:
    """Read a set's `meta.json` and check that its files have their lengths.

    Raises:
        DataError: The set is missing or damaged.
    """
    try:
        body = sealed.read(folder / META)
        sealed.check_sizes(folder, body)
    except DamagedFileError as error:
        raise damaged(folder, error.short) from error
    return parse_meta(folder, body)


def verify(folder: Path) -> Meta:
    """Read a set's `meta.json` and check every byte of its files.

    Raises:
        DataError: The set is missing or damaged.
    """
    try:
        body = sealed.read(folder / META)
        sealed.check_hashes(folder, body)
    except DamagedFileError as error:
        raise damaged(folder, error.short) from error
    return parse_meta(folder, body)


def parse_meta(folder: Path, body: dict[str, Any]) -> Meta:
    """Turn a sealed body into a meta.

    Raises:
        DataError: Another version of the program wrote it.
    """
    if body.get("format") != FORMAT_VERSION or set(body["files"]) != set(FILES):
        raise damaged(folder, f"it is not of format {FORMAT_VERSION}")
    names = {f.name for f in dataclasses.fields(Meta)}
    try:
        return convert.build(Meta, {k: v for k, v in body.items() if k in names}, META)
    except UsageError as error:
        raise damaged(folder, error.what) from error


def damaged(folder: Path, reason: str) -> DataError:
    """Say that a set cannot be used."""
    return DataError(
        f"The data set {folder.name} is damaged: {reason}.",
        f"It lies in {folder}.",
        "Delete that folder and prepare the text again.",
    )

"""What is known of a text before anything is written. Plain values: they travel as JSON."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

from .. import convert

FIRST_PART = 1 << 21
"""Bytes of a text that the cleaning steps which are off are tried on."""


@dataclass(frozen=True, kw_only=True)
class SourceFact:
    """One text that was read."""

    origin: str
    """`bundled`, an address, `standard input` or a file's path."""
    bytes: int
    """As read, before it was decoded."""
    sha256: str
    """Of these bytes."""
    characters: int
    """After cleaning."""


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A file of a folder or pattern that is no text."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CharacterCount:
    """A character and how often it occurs."""

    character: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Bin:
    """A column of the histogram: paragraphs of at least `low` and fewer than `high` characters."""

    low: int
    high: int
    count: int


@dataclass(frozen=True, kw_only=True)
class Paragraphs:
    """Lengths in characters of what stands between blank lines."""

    count: int
    median: int
    p95: int
    longest: int
    histogram: tuple[Bin, ...]


@dataclass(frozen=True, kw_only=True)
class TokenizerFact:
    """What a tokenizer would make of the text."""

    kind: str
    vocab_size: int
    tokens: int
    """Of the whole text."""
    characters_per_token: float
    is_estimate: bool
    """Whether it was measured on a part of the text and scaled."""
    problem: str
    """Why it cannot be used, or was not tried; or empty."""

    @property
    def brief_problem(self) -> str:
        """The problem where there is room for two words."""
        return "not tried" if self.kind == "bpe" else "not here"


@dataclass(frozen=True, kw_only=True)
class CleaningFact:
    """What a step does, or would do were it on."""

    step: str
    """The field's name in `Cleaning`, or `drop_rare`."""
    is_on: bool
    removed: int
    unit: str
    """What is counted, such as `paragraphs`."""
    before: str
    """The first place that it changes, a few lines; empty when it changes nothing."""
    after: str
    is_estimate: bool
    """Whether only the text's first part was looked at: `removed` counts that part alone."""

    @property
    def place(self) -> str:
        """Say, after a blank, where `removed` was counted; empty where it was the whole text."""
        return f" in the first {FIRST_PART >> 20} MB" if self.is_estimate else ""


@dataclass(frozen=True, kw_only=True)
class PresetFact:
    """A preset on this text."""

    name: str
    parameters: int
    block_size: int
    tokens_per_parameter: float
    epochs: float
    """How often it would read the training part."""
    problem: str
    """Why it cannot be trained on this text, or empty."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A sentence for the person."""

    level: Literal["warning", "info"]
    text: str


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """Statistics of a text and a recipe. Losses are nats per validation token."""

    name: str
    """What the set would be called."""
    prepared_as: str
    """The name of the set that these texts and settings gave already, or empty."""
    sources: tuple[SourceFact, ...]
    left_out: tuple[LeftOut, ...]
    bytes: int
    """Of the cleaned text as UTF-8."""
    characters: int
    lines: int
    distinct: int
    counts: tuple[CharacterCount, ...]
    """The most frequent characters first; of very many not all."""
    rare: tuple[CharacterCount, ...]
    """Unusual ones: below one in 100,000 characters, the rarest first; of very many not all."""
    unusual: int
    """How many are unusual, listed or not."""
    once: int
    """How many occur once, listed or not."""
    scripts: tuple[str, ...]
    """Writing systems that more than 1 % of the letters belong to, the most used first."""
    paragraphs: Paragraphs
    tokenizers: tuple[TokenizerFact, ...]
    train_tokens: int
    val_tokens: int
    vocab_size: int
    uniform_loss: float
    """ln V: every token as likely as any other."""
    unigram_loss: float
    bigram_loss: float
    is_estimate: bool
    """Whether tokens and losses were measured on a part of the text."""
    cleaning: tuple[CleaningFact, ...]
    overlap: float
    """Share of the validation part's 50-character windows that the training part has too."""
    overlap_is_estimate: bool
    presets: tuple[PresetFact, ...]
    advice: tuple[Advice, ...]
    sample: str
    """The beginning of the text, encoded and decoded again."""

    def to_dict(self) -> dict[str, Any]:
        """Give the analysis as plain values, for JSON."""
        return dataclasses.asdict(self)

    @staticmethod
    def from_dict(raw: dict[str, Any]) -> Analysis:
        """Read an analysis that `to_dict` gave."""
        return convert.build(Analysis, raw, "analysis")

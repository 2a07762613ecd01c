"""What a person chose: which texts, and how they become a data set. Light: forms are made from it.

Each field carries its sentence of help and its range, as the fields of `config` do.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal, get_args

from .. import convert
from ..config import Checked, DataConfig, option
from ..errors import UsageError

STDIN = "-"
TokenizerKind = Literal["char", "byte", "bpe", "gpt2"]
TOKENIZERS: tuple[TokenizerKind, ...] = get_args(TokenizerKind)
ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252")


@dataclass(frozen=True, kw_only=True)
class Cleaning(Checked):
    """The steps that change a text, in the order in which they act. All off: byte for byte."""

    section = "cleaning"

    gutenberg: bool = option(False, "Take out what Project Gutenberg puts before and after a book.")
    line_ends: bool = option(False, "Make every line end a line feed.")
    unicode: Literal["", "NFC", "NFKC"] = option(
        "", "Write equal characters in one way: NFC keeps how they look, NFKC also folds ½ and ﬁ."
    )
    control_characters: bool = option(
        False, "Take out control characters, but not tabs and line ends."
    )
    metadata_lines: bool = option(
        False, "Take out lines that tell of the text: [Illustration], page numbers, web addresses."
    )
    blank_lines: bool = option(False, "Make runs of blank lines one.")
    min_paragraph: int = option(
        0, "Take out paragraphs with fewer characters. 0 is off.", low=0, high=10**9
    )
    max_paragraph: int = option(
        0, "Take out paragraphs with more characters. 0 is off.", low=0, high=10**9
    )
    repeats: bool = option(False, "Keep only the first of paragraphs that are exactly alike.")

    def is_on(self, step: str) -> bool:
        """Say whether a step acts."""
        return bool(getattr(self, step))

    @property
    def changes(self) -> bool:
        """Whether any step acts."""
        return any(self.is_on(f.name) for f in dataclasses.fields(self))


@dataclass(frozen=True, kw_only=True)
class Recipe(Checked):
    """Everything that decides a data set's bytes, besides the bytes of its sources."""

    section = "data"

    sources: tuple[str, ...] = option(
        ("harbour",),
        "Texts: harbour, tiny-shakespeare, files, folders, patterns such as 'books/*.txt', or -.",
    )
    encoding: Literal["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"] = option(
        "utf-8", "How the files write characters as bytes."
    )
    text_field: str = option("text", "Which field of a .jsonl file's objects holds the text.")
    tokenizer: Literal["char", "byte", "bpe", "gpt2"] = option(
        "char", "What a token is: a character, a byte, or a piece of a word (bpe, gpt2)."
    )
    vocab_size: int = option(
        4096,
        "Tokens of the vocabulary that bpe makes; the others have their own.",
        low=257,
        high=2**20,
    )
    tokenizer_files: str = option(
        "", "Folder with GPT-2's vocab.json and merges.txt. Empty: the usual places."
    )
    val_fraction: float = option(
        0.1, "Share of the text held out for validation.", low=0.001, high=0.5
    )
    split: Literal["position", "file"] = option(
        "position", "What is held out: the end of the text, or a whole file."
    )
    held_out_file: str = option(
        "", "The file to hold out. Empty: the one whose share comes nearest val_fraction."
    )
    drop_rare: int = option(
        0, "Take out characters that occur this often or less. 0 is off.", low=0, high=10**6
    )
    cleaning: Cleaning = dataclasses.field(
        default=Cleaning(), metadata={"help": "Steps that change the text before it is cut."}
    )

    def _check(self) -> None:
        if not self.sources:
            raise UsageError(
                "No source was given.",
                "A text is needed: a file, a folder, or a text that the program knows.",
                "The bundled one is called harbour.",
            )

    def to_dict(self) -> dict[str, Any]:
        """Give the recipe as plain values, for JSON."""
        raw = dataclasses.asdict(self)
        return {**raw, "sources": list(self.sources)}

    @staticmethod
    def from_dict(raw: dict[str, Any]) -> Recipe:
        """Read a recipe.

        Raises:
            UsageError: A key is unknown or a value does not fit.
        """
        return convert.build(Recipe, raw, "data")

    @staticmethod
    def of_config(config: DataConfig) -> Recipe:
        """Give the recipe that a preset's data section means."""
        return Recipe(
            sources=(config.source,),
            tokenizer=config.tokenizer,
            vocab_size=config.vocab_size,
            val_fraction=config.val_fraction,
        )

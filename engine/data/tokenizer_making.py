"""Make the tokenizer that a recipe asks for."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..disk import reading
from .codepoints import CodePoints
from .file_text import Pieces
from .recipe import Recipe
from .telling import Say, silent
from .tokenizer import BpeTokenizer, ByteTokenizer, CharTokenizer, Tokenizer


def make_tokenizer(
    recipe: Recipe, train: Pieces, seen: CodePoints, home: Path, say: Say = silent
) -> Tokenizer:
    """Make a tokenizer for a text.

    Args:
        recipe: Says which kind.
        train: The training part; bpe learns from it alone.
        seen: The characters of both parts.
        home: Where GPT-2's files may lie.
        say: Told how far it is.

    Raises:
        DataError: GPT-2's files are not there, or are damaged.
    """
    if recipe.tokenizer == "char":
        return CharTokenizer("".join(map(chr, seen.present)))
    if recipe.tokenizer == "byte":
        return ByteTokenizer()
    # Loaded only where it is used: it takes longer to load than a short text to prepare.
    from . import bulk

    if recipe.tokenizer == "bpe":
        return bulk.learn(train, recipe.vocab_size, say, sum(map(len, train)))
    return bulk.load_gpt2(_gpt2_folder(recipe, home))


def tokenizer_files_sha256(recipe: Recipe, home: Path) -> str:
    """Hash the files that a tokenizer is read from; empty where there are none.

    Raises:
        DataError: They are not there.
    """
    if recipe.tokenizer != "gpt2":
        return ""
    from . import bulk

    folder = _gpt2_folder(recipe, home)
    content = b"".join(reading.read_bytes(folder / name) for name in bulk.GPT2_FILES)
    return hashlib.sha256(content).hexdigest()


def library_version(tokenizer: Tokenizer) -> str:
    """Give the version of the library that made or read it, or an empty string."""
    if not isinstance(tokenizer, BpeTokenizer):
        return ""
    from . import bulk

    return bulk.VERSION


def _gpt2_folder(recipe: Recipe, home: Path) -> Path:
    from . import bulk

    folder = bulk.find_gpt2(home, recipe.tokenizer_files)
    if folder is None:
        raise bulk.no_gpt2(home, recipe.tokenizer_files)
    return folder

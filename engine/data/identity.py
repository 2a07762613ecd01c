"""When two data sets are the same, and what a set is called when nobody chose a name."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import UsageError
from .names import check_name, slug
from .recipe import Recipe
from .sources import Source, source_names
from .tokenizer_making import tokenizer_files_sha256


def identity(recipe: Recipe, sources: Sequence[Source], hashes: Sequence[str], home: Path) -> str:
    """Hash the sources' bytes and every setting that counts: equal ones give equal sets.

    Where a file lies does not count, and neither does a setting that this recipe does not use.

    Raises:
        DataError: GPT-2's files are asked for and not there.
    """
    is_jsonl = [source.is_jsonl for source in sources]
    settings: dict[str, Any] = {
        "texts": list(zip(hashes, is_jsonl, strict=True)),
        "encoding": recipe.encoding,
        "text_field": recipe.text_field if any(is_jsonl) else "",
        "tokenizer": recipe.tokenizer,
        "vocab_size": recipe.vocab_size if recipe.tokenizer == "bpe" else 0,
        "tokenizer_files": tokenizer_files_sha256(recipe, home),
        "val_fraction": recipe.val_fraction,
        "split": recipe.split,
        "held_out_file": recipe.held_out_file if recipe.split == "file" else "",
        "drop_rare": recipe.drop_rare,
        "cleaning": asdict(recipe.cleaning),
    }
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def check_chosen(name: str | None, recipe: Recipe) -> None:
    """Check a name that a person chose.

    Raises:
        UsageError: It cannot be a folder's name, or would pass for a bundled text.
    """
    if name is None:
        return
    check_name(name)
    if name in source_names() and recipe.sources != (name,):
        raise UsageError(
            f"{name} is the name of a text that comes with the program.",
            "A set of that name would be taken for it.",
            "Choose another name.",
        )


def own_names(recipe: Recipe, sources: Sequence[Source], identity: str) -> list[str]:
    """Give the names a set may have when nobody chose one, the preferred one first."""
    base = slug(_base(sources))
    name = base if recipe.tokenizer == "char" else f"{base}-{recipe.tokenizer}"
    with_hash = f"{name}-{identity[:8]}"
    is_named = recipe.sources == (base,)
    # A person's harbour.txt must not pass for the text that comes with the program.
    return [with_hash] if base in source_names() and not is_named else [name, with_hash]


def _base(sources: Sequence[Source]) -> str:
    """Name the texts after their folder where one was given, else after the first of them."""
    given = {source.given for source in sources}
    folder = os.path.basename(next(iter(given))) if len(given) == 1 else ""
    return folder if len(sources) > 1 and slug(folder) != "text" else sources[0].name

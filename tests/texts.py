"""Short ways to prepare a text in a test, in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ttgpt.engine.data import prepare as engine
from ttgpt.engine.data.codepoints import CodePoints, blocks, numbers
from ttgpt.engine.data.prepare import PreparedData
from ttgpt.engine.data.recipe import Recipe
from ttgpt.engine.data.tokenizer import BpeTokenizer, Tokenizer
from ttgpt.engine.data.tokenizer_making import make_tokenizer


def recipe(source: str, kind: str = "char", share: float = 0.1, **more: Any) -> Recipe:
    """Give a recipe of one source, checked as a person's would be."""
    return Recipe.from_dict({"sources": [source], "tokenizer": kind, "val_fraction": share, **more})


def prepare(
    source: str, kind: str, share: float, home: Path, name: str | None = None, **more: Any
) -> PreparedData:
    """Prepare one source."""
    return engine.prepare(recipe(source, kind, share), home, name, **more)


def resolve(source: str, home: Path, kind: str = "char", share: float = 0.1) -> PreparedData:
    """Find or make what `--data` means."""
    return engine.resolve(recipe(source, kind, share), home)


def build(kind: str, text: str) -> Tokenizer:
    """Make a tokenizer for a text."""
    raw, seen = memoryview(text.encode("utf-8")), CodePoints()
    for block in blocks(raw):
        seen.add(numbers(block))
    wanted = Recipe(tokenizer=kind, vocab_size=300)  # type: ignore[arg-type]
    return make_tokenizer(wanted, [raw], seen, Path("nowhere"))


def gpt2_files(folder: Path, learned: BpeTokenizer) -> Path:
    """Write a vocabulary as GPT-2's two files hold theirs."""
    folder.mkdir(parents=True)
    ids = {token: i for i, token in enumerate(learned.vocabulary)}
    (folder / "vocab.json").write_text(json.dumps(ids))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in learned.merges), ""]
    (folder / "merges.txt").write_text("\n".join(lines), "utf-8")
    return folder

"""The texts that a configuration can name."""

from __future__ import annotations

from pathlib import Path

from ttgpt.engine.data.datasets import list_sets
from ttgpt.engine.data.sources import source_names


def known_sources(home: Path) -> list[str]:
    """Give the texts to choose from: prepared ones first, then those that can be had by name."""
    prepared = [found.name for found in list_sets(home) if found.meta is not None]
    return list(dict.fromkeys([*prepared, *source_names()]))

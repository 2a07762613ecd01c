"""A prepared set as the command line's JSON tells it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ttgpt.engine.data.datasets import ListedSet, Use


def document(one: ListedSet, used: list[Use]) -> dict[str, Any]:
    """Give a set as a JSON object."""
    head = {"name": one.name, "folder": str(one.folder)}
    if one.meta is None:
        return {**head, "problem": one.problem}
    meta = one.meta
    told = {"tokenizer": meta.tokenizer, "val_fraction": meta.val_fraction, "source": meta.source}
    runs = [dataclasses.asdict(use) for use in used]
    return {**dataclasses.asdict(meta), **told, **head, "bytes_on_disk": one.bytes, "runs": runs}

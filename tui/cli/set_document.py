"""A prepared set as the command line tells of it: in JSON, and in rows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ..format import things

if TYPE_CHECKING:
    from ttgpt.engine.data.datasets import ListedSet, Use
    from ttgpt.engine.data.meta import Meta


def document(one: ListedSet, used: list[Use]) -> dict[str, Any]:
    """Give a set as a JSON object."""
    head = {"name": one.name, "folder": str(one.folder)}
    if one.meta is None:
        return {**head, "problem": one.problem}
    meta = one.meta
    told = {"tokenizer": meta.tokenizer, "val_fraction": meta.val_fraction, "source": meta.source}
    runs = [dataclasses.asdict(use) for use in used]
    return {**dataclasses.asdict(meta), **told, **head, "bytes_on_disk": one.bytes, "runs": runs}


def figures(meta: Meta) -> list[tuple[str, str]]:
    """Give what was made of a text: names and figures, as `output.fields` takes them."""
    removed = [f"{things(step.removed, step.unit)} ({step.step})" for step in meta.removed]
    return [
        ("characters", f"{meta.characters:,} in {things(meta.lines, 'lines')}"),
        ("taken out", ", ".join(removed)),
        ("tokens", f"{meta.train_tokens:,} to train, {meta.val_tokens:,} held out"),
        ("vocabulary", f"{meta.vocab_size:,} ({meta.tokenizer})"),
        ("loss by counts", _loss_by_counts(meta)),
    ]


def _loss_by_counts(meta: Meta) -> str:
    """Say what a set's tokens cost to predict without a network, and what that was counted on."""
    told = f"{meta.unigram_loss:.2f} of tokens, {meta.bigram_loss:.2f} of pairs"
    some = f" (from {meta.counted_tokens:,} training tokens)" if meta.is_loss_estimate else ""
    return told + some

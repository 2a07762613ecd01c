"""What a stock trainer's file holds, under whichever names it has.

`train_nanogpt` wrote one pickle: step, model_state, tokenizer, model_config and more.
`ttml.checkpointing` writes a header and a manifest, then one array a tensor, in its order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..backends import Floats
from ..disk.reading import open_plain
from ..errors import DataError
from .unpickle import Array, Record, records

_AGAIN = "Copy it again from where it was written, or choose another one."

_MOST_SETTINGS = 1_000
"""Mappings within mappings; the trainers' own have a dozen."""


@dataclass
class Stock:
    """A checkpoint as it was found."""

    writer: str
    step: int
    arrays: dict[str, Floats]
    """By ttml names."""
    letters: dict[str, int] = field(default_factory=dict)
    """Characters and their ids."""
    settings: list[Mapping[str, Any]] = field(default_factory=list)
    """Everything that looks like settings, outermost first."""
    has_optimizer: bool = False

    def setting(self, *names: str) -> Any:
        """Give the first value found under any of these names, or None."""
        found = (part[n] for part in self.settings for n in names if part.get(n) is not None)
        return next(found, None)


def read(path: Path) -> Stock:
    """Read a file; nothing in it is run.

    Raises:
        DataError: It is not a stock trainer's, is damaged, or wants to load something.
    """
    try:
        with open_plain(path) as file:
            found = records(file)
            first = next(found, None)
            if isinstance(first, dict) and "manifest" in first:
                return _checkpointing(first, found)
            if isinstance(first, dict) and "model_state" in first:
                return _train_nanogpt(first)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read.", f"{error.strerror or error}.", "Choose another file."
        ) from error
    raise DataError(
        f"{path.name} is no checkpoint of a stock trainer.",
        "It has neither a model_state nor a manifest.",
        "Give a file that train_nanogpt or ttml.checkpointing wrote.",
    )


def _train_nanogpt(whole: dict[str, Any]) -> Stock:
    arrays = {name: _array(_content(entry)) for name, entry in whole["model_state"].items()}
    stock = Stock("train_nanogpt", int(whole.get("step", 0)), arrays)
    stock.settings = list(_mappings([whole.get("model_config"), whole.get("training_config")]))
    stock.letters = _letters(whole.get("tokenizer"))
    stock.has_optimizer = "optimizer_state" in whole
    return stock


def _checkpointing(first: dict[str, Any], rest: Iterator[Any]) -> Stock:
    names = list(first["manifest"].get("model", {}).get("named_parameters", {}))
    arrays = {name: _array(array) for name, array in zip(names, rest, strict=False)}
    if len(arrays) < len(names):
        raise DataError(
            "This checkpoint ends too early.", f"{names[len(arrays)]} is missing.", _AGAIN
        )
    header = first.get("header") or {}
    stock = Stock("ttml.checkpointing", 0, arrays)
    stock.settings = list(_mappings([header]))
    stock.step = int(stock.setting("step", "global_step", "iteration") or 0)
    stock.letters = next(filter(None, map(_letters, stock.settings)), {})
    stock.has_optimizer = "optimizer" in first["manifest"]
    return stock


def _content(entry: Any) -> Any:
    """Give an entry's array: newer files keep it beside its layout, older ones bare."""
    return entry["data"] if isinstance(entry, dict) else entry


def _array(value: Any) -> Floats:
    if not isinstance(value, Array) or value.values is None:
        raise DataError(
            "This checkpoint has something else where an array should be.",
            f"Its kind is {type(value).__name__}.",
            _AGAIN,
        )
    if value.values.dtype == np.uint16:  # bfloat16: the upper half of a float32
        widened: Floats = (value.values.astype(np.uint32) << np.uint32(16)).view(np.float32)
        return widened
    return np.asarray(value.values, np.float32)


def _mappings(values: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Give all mappings and records in some values, outer ones first."""
    waiting = list(values)
    for count, value in enumerate(waiting):
        if count > _MOST_SETTINGS:
            raise DataError("This file is damaged.", "Its settings hold one another.", _AGAIN)
        inside = vars(value) if isinstance(value, Record) else value
        if isinstance(inside, dict):
            yield inside
            waiting += [v for v in inside.values() if isinstance(v, (dict, Record))]


def _letters(tokenizer: Any) -> dict[str, int]:
    """Give the characters of a tokenizer: its `stoi`, without the marks."""
    held = vars(tokenizer) if isinstance(tokenizer, Record) else tokenizer
    table = held.get("stoi") if isinstance(held, dict) else None
    if not isinstance(table, dict):
        return {}
    return {
        letter: int(number)
        for letter, number in table.items()
        if isinstance(letter, str) and len(letter) == 1
    }

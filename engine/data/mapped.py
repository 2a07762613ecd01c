"""A prepared data set, memory-mapped for training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from . import datasets
from .datasets import Meta
from .tokenizer import Tokenizer

TokenMap = npt.NDArray[np.uint16]
"""Tokens on disk, [n]; read as they are used."""


@dataclass(frozen=True)
class DataSet:
    """Both parts of a text as tokens, with the tokenizer and what is known of them."""

    folder: Path
    meta: Meta
    tokenizer: Tokenizer
    train: TokenMap
    val: TokenMap


def load(folder: Path) -> DataSet:
    """Open a prepared set after checking every byte of it.

    Raises:
        DataError: It is missing or damaged.
    """
    meta = datasets.verify(folder)
    tokenizer = Tokenizer.load(folder / "tokenizer.json")
    train = _open(folder / "train.bin")
    val = _open(folder / "val.bin")
    said = (meta.tokenizer, meta.vocab_size, meta.train_tokens, meta.val_tokens)
    if said != (tokenizer.kind, tokenizer.vocab_size, len(train), len(val)):
        raise datasets.damaged(folder, "its files do not belong together")
    return DataSet(folder, meta, tokenizer, train, val)


def _open(path: Path) -> TokenMap:
    return np.memmap(path, dtype="<u2", mode="r")

"""A prepared data set, memory-mapped for training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .encoding import dtype_of
from .meta import Meta, damaged, verify
from .tokenizer import Tokenizer

TokenMap = npt.NDArray[np.unsignedinteger]
"""Tokens on disk, [n], uint16 or uint32; read as they are used."""


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
    meta = verify(folder)
    tokenizer = Tokenizer.load(folder / "tokenizer.json")
    train = open_tokens(folder / "train.bin", meta.vocab_size)
    val = open_tokens(folder / "val.bin", meta.vocab_size)
    said = (meta.tokenizer, meta.vocab_size, meta.train_tokens, meta.val_tokens)
    if said != (tokenizer.kind, tokenizer.vocab_size, len(train), len(val)):
        raise damaged(folder, "its files do not belong together")
    return DataSet(folder, meta, tokenizer, train, val)


def open_tokens(path: Path, vocab_size: int) -> TokenMap:
    """Map a file of tokens."""
    return np.memmap(path, dtype=dtype_of(vocab_size), mode="r")

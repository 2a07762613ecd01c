"""Cut a text into its training and validation part, as tokens."""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass

from ..errors import DataError
from . import tokenizer
from .corpus import SourceText
from .tokenizer import Tokenizer

SHORTEST_PART = 3
"""Tokens: one window of the smallest block_size."""
LARGEST_VOCABULARY = 1 << 16
_PIECE = 1 << 20
"""Characters encoded at a time: a list of ids takes many times the room of an array."""


@dataclass(frozen=True)
class Encoded:
    """A text as tokens, with the tokenizer that was made for it."""

    source: SourceText
    tokenizer: Tokenizer
    train: array[int]
    val: array[int]


def encode(source: SourceText, kind: str, val_fraction: float) -> Encoded:
    """Make the tokenizer of a text and encode both parts; the last part is held out.

    Raises:
        UsageError: There is no such kind of tokenizer.
        DataError: The text is too short, or has too many different characters.
    """
    text = source.text
    made = tokenizer.build(kind, text)
    if made.vocab_size > LARGEST_VOCABULARY:
        raise DataError(
            f"{source.name} has {made.vocab_size:,} different characters.",
            f"A token is kept in 16 bits, so there may be {LARGEST_VOCABULARY:,}.",
            "Use the byte tokenizer.",
        )
    # The text is cut, not the tokens: a character of several bytes stays whole.
    cut = int(len(text) * (1 - val_fraction))
    train, val = _tokens(made, text[:cut]), _tokens(made, text[cut:])
    if min(len(train), len(val)) < SHORTEST_PART:
        raise DataError(
            f"{source.name} is too short: {len(train)} training and {len(val)} validation tokens.",
            f"Each part needs {SHORTEST_PART} at the least, and far more to learn from.",
            "Take a longer text.",
        )
    return Encoded(source, made, train, val)


def little_endian(tokens: array[int]) -> bytes:
    """Give tokens as they are kept in a .bin file."""
    if sys.byteorder == "big":
        tokens = tokens[:]
        tokens.byteswap()
    return tokens.tobytes()


def _tokens(made: Tokenizer, text: str) -> array[int]:
    tokens = array("H")
    for start in range(0, len(text), _PIECE):
        tokens.extend(made.encode(text[start : start + _PIECE]))
    return tokens

"""Read some of a prepared set's tokens with the standard library alone; training maps the file."""

from __future__ import annotations

import sys
from array import array
from typing import BinaryIO


def read_tokens(file: BinaryIO, place: int, count: int, size: int) -> array[int]:
    """Read tokens from `train.bin` or `val.bin`, as many as there are of `count`.

    Args:
        file: The open file.
        place: The first token's number.
        count: How many.
        size: Bytes of a token, little-endian.
    """
    file.seek(place * size)
    raw = file.read(count * size)
    tokens = array("H" if size == 2 else "I", raw[: len(raw) // size * size])
    if sys.byteorder == "big":
        tokens.byteswap()
    return tokens

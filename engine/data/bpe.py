"""Byte-level byte pair encoding as GPT-2 has it: words, their bytes as letters, merges by rank.

The method is that of Radford et al. 2019, "Language Models are Unsupervised Multitask Learners",
section 2.2. Here it is written for a prompt: standard library only, so that the screen can count
tokens. Whole texts are encoded, and vocabularies made, by the `tokenizers` library (see `bulk`),
and tests hold both against each other.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

WHITESPACE = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
    + "".join(map(chr, range(0x2000, 0x200B)))
)
"""Unicode's White_Space. Python's `isspace` counts four control characters more."""


def _alphabet() -> list[str]:
    """Give a visible letter to each byte: itself, or one from U+0100 on, as GPT-2's files do."""
    own = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in own]
    letters = {byte: chr(byte) for byte in own}
    letters |= {byte: chr(0x100 + n) for n, byte in enumerate(others)}
    return [letters[byte] for byte in range(256)]


ALPHABET = _alphabet()
"""The letter that stands for each byte in a token."""
_BYTES = {letter: byte for byte, letter in enumerate(ALPHABET)}

_CONTRACTION = re.compile(r"'(?:s|t|re|ve|m|ll|d)")
# GPT-2's pattern, over a text's classes: L letter, N number, S white space, O other, and a blank
# for itself. The last blank before a word goes to the word.
_WORD = re.compile(r" ?L+| ?N+| ?O+|[S ]+(?![LNO])|[S ]+")


def words(text: str) -> Iterator[str]:
    """Cut a text into words, each with the blank before it; nothing is left out."""
    classes = "".join(map(_class, text))
    place = 0
    while place < len(text):
        word = _CONTRACTION.match(text, place) or _WORD.match(classes, place)
        assert word is not None
        yield text[place : word.end()]
        place = word.end()


def merge(word: str, ranks: Mapping[tuple[str, str], int]) -> list[str]:
    """Join the letters of a word's bytes: the pair of lowest rank first, the leftmost of them."""
    parts: list[str | None] = [ALPHABET[byte] for byte in word.encode("utf-8")]
    count = len(parts)
    before, after = list(range(-1, count - 1)), list(range(1, count + 1))
    heap: list[tuple[int, int]] = []

    def offer(left: int) -> None:
        if left >= 0 and after[left] < count:
            rank = ranks.get((parts[left] or "", parts[after[left]] or ""))
            if rank is not None:
                heapq.heappush(heap, (rank, left))

    for place in range(count):
        offer(place)
    while heap:
        rank, left = heapq.heappop(heap)
        first, right = parts[left], after[left]
        if first is None or right >= count:
            continue
        second = parts[right]
        if second is None or ranks.get((first, second)) != rank:
            continue  # one of the two was joined to another since
        parts[left], parts[right] = first + second, None
        after[left] = after[right]
        if after[right] < count:
            before[after[right]] = left
        offer(before[left])
        offer(left)
    return [part for part in parts if part is not None]


def to_bytes(token: str) -> bytes:
    """Give the bytes that a token's letters stand for."""
    return bytes(_BYTES[letter] for letter in token)


def pair_of(line: str) -> tuple[str, str]:
    """Read a merge as it is written in a file: two tokens with a blank between.

    Raises:
        ValueError: It is not.
    """
    first, _, second = line.partition(" ")
    if not first or not second or " " in second:
        raise ValueError(f"{line!r} is not a pair of tokens")
    return first, second


def check(
    ids: Mapping[str, int], vocabulary: Sequence[str], merges: Sequence[tuple[str, str]]
) -> None:
    """Check that every byte and every join has a token.

    Raises:
        ValueError: Something does not fit.
    """
    if len(ids) != len(vocabulary) or "" in ids:
        raise ValueError("Its vocabulary has a token twice, or an empty one")
    if any(letter not in _BYTES for token in vocabulary for letter in token):
        raise ValueError("Its vocabulary has letters that stand for no byte")
    if any(letter not in ids for letter in ALPHABET):
        raise ValueError("Its vocabulary lacks a byte")
    if any(not {first, second, first + second} <= ids.keys() for first, second in merges):
        raise ValueError("It joins tokens that its vocabulary lacks")


def _class(character: str) -> str:
    if character == " ":
        return " "
    if character in WHITESPACE:
        return "S"
    kind = unicodedata.category(character)[0]
    return kind if kind in "LN" else "O"

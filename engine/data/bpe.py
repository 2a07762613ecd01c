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


LONGEST_WORD = 256
"""Characters after which a word is cut. Learning takes time that grows with the square of the
longest word; texts without blanks, such as genomes or digits, are one word else."""

ALPHABET = _alphabet()
"""The letter that stands for each byte in a token."""
_BYTES = {letter: byte for byte, letter in enumerate(ALPHABET)}

_CONTRACTION = re.compile(r"'(?:s|t|re|ve|m|ll|d)")
# GPT-2's pattern, over a text's classes: L letter, N number, S white space, O other, and a blank
# for itself. The last blank before a word goes to the word.
_WORD = re.compile(r" ?L+| ?N+| ?O+|[S ]+(?![LNO])|[S ]+")
_BLANK = re.escape("".join(sorted(WHITESPACE)))
_MAY_BE_LONG = re.compile(f"[{_BLANK}]{{{LONGEST_WORD}}}|[^{_BLANK}]{{{LONGEST_WORD}}}")
_LONG = re.compile("|".join(f"{kind}{{{LONGEST_WORD},}}" for kind in ("L", "N", "O", "[S ]")))


def words(text: str) -> Iterator[str]:
    """Cut a text into words, each with the blank before it; nothing is left out.

    A word of more than `LONGEST_WORD` characters is cut after each so many.
    """
    classes = _classes(text)
    place = 0
    while place < len(text):
        word = _CONTRACTION.match(text, place) or _WORD.match(classes, place)
        assert word is not None
        while place < word.end():
            end = min(word.end(), place + LONGEST_WORD)
            yield text[place:end]
            place = end


def without_long_words(text: str) -> Iterator[str]:
    """Cut a text so that each part, taken alone, has the words it has here, none of them longer."""
    if not _MAY_BE_LONG.search(text) or not _LONG.search(_classes(text)):
        yield text
        return
    start = place = 0
    was_long = False
    for word in words(text):
        place += len(word)
        is_long = len(word) == LONGEST_WORD
        if is_long or was_long:  # the rest of a long word may look like another, such as 's
            yield text[start:place]
            start = place
        was_long = is_long
    if start < place:
        yield text[start:]


def share_of_long_words(text: str) -> float:
    """Give the share of a text's characters that are in words about as long as the bound or longer.

    Returns:
        From 0 to 1.
    """
    if not _MAY_BE_LONG.search(text):
        return 0.0
    return sum(len(run[0]) for run in _LONG.finditer(_classes(text))) / len(text)


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


def _classes(text: str) -> str:
    """Give a letter for each character: what `_WORD` is about."""
    return text.translate({ord(character): _class(character) for character in set(text)})


def _class(character: str) -> str:
    if character == " ":
        return " "
    if character in WHITESPACE:
        return "S"
    kind = unicodedata.category(character)[0]
    return kind if kind in "LN" else "O"

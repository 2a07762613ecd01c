"""What can be counted in text: known words, known pairs, repetition, speeches with a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_WORD = re.compile(r"[^\W\d_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W\d_]+)*")
_HEADING = re.compile(r"[A-Z][^\n:]{0,40}:[ \t]*")
SHORTEST = 3
"""Letters of a word that says something: of one or two letters, nearly any is a word."""
_GRAM = 4


@dataclass(frozen=True)
class Reference:
    """What the run's own text says words are.

    Attributes:
        words: Its words of three letters or more, in lower case.
        pairs: Its pairs of neighbouring words.
        known: Share of the held-out text's words that are among them: as good as it gets.
        known_pairs: The same of pairs.
        is_play: Whether most of its blocks begin with a name and a colon.
    """

    words: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    known: float
    known_pairs: float
    is_play: bool


def reference(train: str, val: str) -> Reference:
    """Gather what a text's words are, and how many of its held-out part they cover."""
    spoken = words(train)
    known, pairs = frozenset(long_words(spoken)), frozenset(pairwise(spoken))
    with_name, blocks = headings(train)
    made = Reference(known, pairs, 1.0, 1.0, blocks > 1 and with_name > blocks / 2)
    held_out = words(val)
    share, _ = known_share(held_out, made)
    return Reference(
        known,
        pairs,
        1.0 if share is None else share,
        pair_share(held_out, made) or 1.0,
        made.is_play,
    )


def words(text: str) -> list[str]:
    """Split text into words, in lower case; numbers and signs are left out."""
    return [found.lower() for found in _WORD.findall(text)]


def whole_words(text: str) -> list[str]:
    """Split generated text into words, without the last one where it may be cut short."""
    found = words(text)
    return found[:-1] if text[-1:].isalpha() else found


def long_words(found: Sequence[str]) -> list[str]:
    """Keep the words that are long enough to say something."""
    return [word for word in found if len(word) >= SHORTEST]


def known_share(found: Sequence[str], known: Reference) -> tuple[float | None, int]:
    """Give the share of words that occur in the reference, and of how many; None without any."""
    judged = long_words(found)
    if not judged:
        return None, 0
    return sum(word in known.words for word in judged) / len(judged), len(judged)


def pair_share(found: Sequence[str], known: Reference) -> float | None:
    """Give the share of neighbouring words that are neighbours in the reference too."""
    pairs = list(pairwise(found))
    return sum(pair in known.pairs for pair in pairs) / len(pairs) if pairs else None


def repeated_share(found: Sequence[str]) -> float | None:
    """Give the share of 4-grams of words that occurred before in the same text.

    Welleck et al., "Neural text generation with unlikelihood training" (2020), call it seq-rep-4:
    1 - distinct 4-grams / 4-grams. None where the text has none.
    """
    grams = [tuple(found[i : i + _GRAM]) for i in range(len(found) - _GRAM + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else None


def headings(text: str) -> tuple[int, int]:
    """Count the blocks of lines that begin with a name and a colon, and all blocks."""
    blocks = [block.lstrip() for block in re.split(r"\n[ \t]*\n", text) if block.strip()]
    firsts = [block.partition("\n")[0] for block in blocks]
    return sum(_HEADING.fullmatch(first) is not None for first in firsts), len(firsts)

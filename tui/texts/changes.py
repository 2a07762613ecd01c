"""What a step changed, as lines taken out and put in, with the lines around them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Literal, NamedTuple

_AROUND = 2
"""Lines shown before and after a change."""


class Line(NamedTuple):
    """A line of the text, and what became of it."""

    mark: Literal[" ", "-", "+"]
    text: str


def changes(before: str, after: str) -> list[Line]:
    """Compare two excerpts that begin at the same place.

    Both are cut at some length, so where they differ at their very end, behind another change,
    that is no change of the text.
    """
    old, new = before.split("\n"), after.split("\n")
    codes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    changed = [at for at, code in enumerate(codes) if code[0] != "equal"]
    if len(changed) > 1 and changed[-1] == len(codes) - 1:
        codes = codes[:-1]
    lines: list[Line] = []
    for at, (tag, i, j, k, m) in enumerate(codes):
        if tag == "equal":
            lines += _between(old[i:j], is_first=at == 0, is_last=at == len(codes) - 1)
        else:
            lines += [Line("-", text) for text in old[i:j]]
            lines += [Line("+", text) for text in new[k:m]]
    return lines


def _between(texts: list[str], *, is_first: bool, is_last: bool) -> Iterator[Line]:
    """Give the unchanged lines that are near a change."""
    head = [] if is_first else texts[:_AROUND]
    tail = [] if is_last else texts[max(len(head), len(texts) - _AROUND) :]
    for text in [*head, *tail]:
        yield Line(" ", text)

"""Cut a long text into segments that end between two paragraphs, so that it passes in little room.

A segment ends after a blank line wherever there is one within a few million characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LONGEST_SEGMENT = 1 << 22
"""Characters. A paragraph longer than this is cleaned in parts."""
SEPARATOR = re.compile(r"\r?\n(?:[ \t\r]*\n)+")
"""What stands between two paragraphs: a line's end and at least one blank line."""


def segments(parts: Iterable[str]) -> Iterator[str]:
    """Cut a text anew, after blank lines where it can be."""
    held = ""
    for part in parts:
        held += part
        if len(held) < LONGEST_SEGMENT // 4:
            continue
        cut = _last_break(held)
        if cut:
            yield held[:cut]
            held = held[cut:]
    if held:
        yield held


def _last_break(text: str) -> int:
    """Find where the last paragraph that is surely whole ends; 0 asks for more text."""
    # What the text ends with may go on in the next part, so the break must have a letter after it.
    end = len(text.rstrip())
    found = 0
    for share in (4096, 64, 8):  # near the end first: most paragraphs are short
        for mark in SEPARATOR.finditer(text, max(0, end - LONGEST_SEGMENT // share), end):
            found = mark.end()
        if found:
            return found
    if len(text) < LONGEST_SEGMENT:
        return 0
    # Behind a blank or a line feed no accent waits to join, and no CR LF is torn apart.
    return max(text.rfind("\n", 0, end), text.rfind(" ", 0, end)) + 1 or len(text)

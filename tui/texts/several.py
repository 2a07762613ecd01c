"""Several texts in one line: with a comma and a blank between them."""

from __future__ import annotations

import os

BETWEEN = ", "
_MOST_PARTS = 4
"""Of a path that holds commas itself; a bound, as each way to join parts asks the disk."""


def several(line: str) -> tuple[str, ...]:
    """Give the texts that a line names.

    Where parts that follow one another are together the path of something that is there, its comma
    is part of its name.
    """
    parts = line.split(BETWEEN)
    found = []
    while parts:
        count = _belong_together(parts)
        found.append(BETWEEN.join(parts[:count]).strip())
        del parts[:count]
    return tuple(filter(None, found))


def _belong_together(parts: list[str]) -> int:
    for count in range(min(_MOST_PARTS, len(parts)), 1, -1):
        if os.path.lexists(os.path.expanduser(BETWEEN.join(parts[:count]).strip())):
            return count
    return 1

"""Names of data sets: what may be one, and how one is made from a text's name."""

from __future__ import annotations

import re
import unicodedata

from ..disk import names
from ..errors import UsageError

LONGEST_NAME = 100
"""Bytes in UTF-8, so that longer names made from it still fit a file system."""
PARTIAL = ".partial-"
"""Stands in the name of a set that is being made, before the number of its process."""


def check_name(name: str) -> str:
    """Check a name that a person chose for a set, and give it back.

    Raises:
        UsageError: It could not be, or should not be, a folder's name.
    """
    fault = names.fault(name, LONGEST_NAME)
    for part in ("..", PARTIAL):
        fault = fault or (f"has {part} in it" if part in name else "")
    if fault:
        raise UsageError(
            f"The name {name!r} {fault}.",
            "It becomes a folder's name.",
            "Choose a short name of letters, digits, spaces or dashes.",
        )
    return name


def slug(text: str) -> str:
    """Make a name that `check_name` takes out of any text: letters and digits, joined by dashes."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower())
    name = "-".join(words).encode("utf-8", "ignore")[: LONGEST_NAME // 2]
    return name.decode("utf-8", "ignore").strip("-") or "text"

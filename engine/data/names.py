"""Names of data sets: what may be one, and how one is made from a text's name."""

from __future__ import annotations

import re
import unicodedata

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
    bad = {
        "is empty": not name.strip(),
        "begins or ends with a space": name != name.strip(),
        "begins with a dot": name.startswith("."),
        "has .. in it": ".." in name,
        "has / in it": "/" in name,
        f"has {PARTIAL} in it": PARTIAL in name,
        "has a control character in it": any(_is_control(c) for c in name),
        "is too long": len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME,
    }
    for fault, is_so in bad.items():
        if is_so:
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


def _is_control(character: str) -> bool:
    # Cc control, Cf direction marks and the like, Cs half a character, Zl and Zp line ends.
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}

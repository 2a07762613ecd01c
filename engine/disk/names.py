"""Names that a person gives to what becomes a folder and is typed in commands."""

from __future__ import annotations

import unicodedata

# Cc control, Cf direction marks and the like, Cs half a character, Zl and Zp line ends.
_NOT_PRINTED = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def fault(name: str, longest: int) -> str:
    """Say what keeps a name from being used, such as `is empty`; empty where nothing does.

    Args:
        name: The name.
        longest: Bytes in UTF-8 that it may have.
    """
    faults = {
        "is empty": not name.strip(),
        "begins or ends with a space": name != name.strip(),
        "begins with a dot": name.startswith("."),
        "begins with a hyphen, as an option does": name.startswith("-"),
        "has / in it": "/" in name,
        "has a control character in it": any(unicodedata.category(c) in _NOT_PRINTED for c in name),
        "is too long": len(name.encode("utf-8", "surrogatepass")) > longest,
    }
    return next((words for words, is_so in faults.items() if is_so), "")

"""Tell a binary file, and a text in another encoding, from a text in UTF-8, by looking at bytes."""

from __future__ import annotations

import codecs
import unicodedata

SNIFFED = 1 << 16
"""Bytes at a file's beginning that are looked at."""

_MAGIC = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive (or a document packed as one)",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\x89PNG": "a PNG image",
    b"GIF8": "a GIF image",
    b"\xff\xd8\xff": "a JPEG image",
    b"\x7fELF": "a program",
    b"SQLite format 3": "a database",
}
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_BINARY_SHARE = 0.05
"""Share of control characters from which a file is no text."""
_STRANGE = frozenset(["Cc", "Cn", "Co", "Cs"])
_STRANGE_SHARE = 0.02
"""Share of unassigned and private characters from which bytes are no text so encoded."""


def binary_kind(head: bytes) -> str:
    """Say what a binary file is, from its first bytes; a text gives an empty string."""
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if guess_wide(head):
        return ""
    if b"\0" in head:
        return "binary"
    controls = len(head) - len(head.translate(None, _CONTROL))
    return "binary" if controls > _BINARY_SHARE * len(head) else ""


def guess_wide(head: bytes) -> str:
    """Name the kind of UTF-16 or UTF-32 that bytes look like, or give an empty string.

    Without a mark, in text of Latin letters, every second byte of UTF-16 is zero: the high one. In
    other scripts line ends and blanks have a zero byte, and the rest is no UTF-8. In UTF-32 every
    fourth byte is zero, and the one beside it at most 16.
    """
    # UTF-32's mark begins as UTF-16's does; that a text begins with U+0000 is out of the question.
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding, high, beside in (("utf-32-le", 3, 2), ("utf-32-be", 0, 1)):
        units = head[: len(head) // 4 * 4]
        has_form = units and not any(units[high::4]) and max(units[beside::4]) <= 16
        if has_form and units.count(0) < 0.9 * len(units) and _reads_as(units, encoding):
            return encoding
    even, odd = head[0::2], head[1::2]
    zeros_even, zeros_odd = even.count(0), odd.count(0)
    if zeros_odd > 0.5 * len(odd) and zeros_even < 0.05 * len(even):
        return "utf-16-le"
    if zeros_even > 0.5 * len(even) and zeros_odd < 0.05 * len(odd):
        return "utf-16-be"
    if not zeros_even + zeros_odd or _reads_as(head, "utf-8"):
        return ""
    first, other = ("utf-16-le", "utf-16-be") if zeros_odd else ("utf-16-be", "utf-16-le")
    return first if _reads_as(head, first) else other if _reads_as(head, other) else ""


def _reads_as(head: bytes, encoding: str) -> bool:
    """Say whether bytes, the last of which may be half a character, are a text so encoded."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    strange = sum(unicodedata.category(c) in _STRANGE and c not in "\0\t\n\r" for c in text)
    return strange <= _STRANGE_SHARE * len(text)

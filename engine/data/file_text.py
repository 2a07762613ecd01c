"""A source's text while a corpus is made of it: as it was read, then cleaned."""

from __future__ import annotations

from dataclasses import dataclass, field

from .codepoints import CodePoints
from .sources import Source

Pieces = list[memoryview]
"""UTF-8 that follows one another; each piece ends between two characters."""


@dataclass
class RawText:
    """A source's bytes as they were read."""

    source: Source
    content: bytes
    sha256: str


@dataclass
class FileText:
    """A source's cleaned text."""

    raw: RawText
    size: int
    pieces: Pieces
    seen: CodePoints = field(default_factory=CodePoints)
    halves: int = 0
    """Bytes of characters that the file's ends cut through; they are left out."""
    is_as_read: bool = False
    """Whether the pieces are the bytes that were read."""

    @property
    def is_ascii(self) -> bool:
        """Whether each character is one byte."""
        return self.seen.total == sum(map(len, self.pieces))

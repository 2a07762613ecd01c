"""Keys in columns, then paragraphs and small tables, wrapped to whatever width there is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from textual.content import Content

from .lines import Lines

Row = tuple[str, str]
"""A key or a name, and what it stands for."""

_TABLE_ROW = re.compile(r"(\S.*?) {2,}(\S.*)")
_GAP = 3


class HelpText(Lines):
    """The text of the help page.

    Args:
        keys: What the keys do.
        texts: Paragraphs, one a line; a line with two blanks in its midst is a row of a table.
    """

    DEFAULT_CSS = """
    HelpText { height: auto; }
    """

    def __init__(self, keys: Sequence[Row], texts: Sequence[str]) -> None:
        super().__init__()
        self._keys = keys
        self._texts = texts

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the keys, in two columns where they fit, then the texts."""
        lines = list(_columns(self._keys, width))
        for text in self._texts:
            lines += [Content(""), *_paragraphs(text, width)]
        return lines


def _columns(rows: Sequence[Row], width: int) -> Iterator[Content]:
    half = (len(rows) + 1) // 2
    left, right = list(_table(rows[:half])), list(_table(rows[half:]))
    column = max((line.cell_length for line in left), default=0) + _GAP
    needed = column + max((line.cell_length for line in right), default=0)
    if needed > width or len(rows) < 4:
        yield from _table(rows)
        return
    column = max(column, min(width // 2, width - needed + column))
    for number, line in enumerate(left):
        beside = right[number] if number < len(right) else Content("")
        yield line.pad_right(column - line.cell_length) + beside


def _table(rows: Sequence[Row]) -> Iterator[Content]:
    widest = max((len(keys) for keys, _ in rows), default=0)
    for keys, words in rows:
        yield Content.assemble((f"{keys:<{widest}}", "bold $accent"), "  ", words)


def _paragraphs(text: str, width: int) -> Iterator[Content]:
    lines = [line.strip() for line in text.strip().split("\n")]
    found = [_TABLE_ROW.fullmatch(line) for line in lines]
    label = max((len(row[1]) for row in found if row), default=0)
    for line, row in zip(lines, found, strict=True):
        if row is None:
            yield from Content(line).wrap(max(8, width))
            continue
        wrapped = Content(row[2]).wrap(max(8, width - label - _GAP))
        for number, part in enumerate(wrapped):
            name = row[1] if number == 0 else ""
            yield Content.assemble((f"{name:<{label + _GAP}}", "dim"), part)

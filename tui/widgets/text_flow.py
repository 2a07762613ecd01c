"""Lay out text that grows at its end: rows of cells, broken between words, settled once broken.

Greedy breaking depends on nothing that comes later, so only the last row ever changes and each
character costs the same, however long the text is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.cells import get_character_cell_size

from ..format import visible

Run = tuple[str, str]
"""Neighbouring characters of one kind: the kind's name and the text."""

_REPLACED = "\N{REPLACEMENT CHARACTER}"


class TextFlow:
    """Rows of a growing text, never wider than the width.

    A blank at which a row was broken hangs at that row's end, so that nothing is lost; it may lie
    one cell outside the width.
    """

    def __init__(self, width: int) -> None:
        self._width = max(2, width)
        self._pieces: list[tuple[str, str]] = []
        self._begin()

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def width(self) -> int:
        """Cells that a row has."""
        return self._width

    @property
    def last_cells(self) -> int:
        """Cells that the last row fills."""
        return self._cells

    def append(self, text: str, kind: str) -> None:
        """Add text at the end, its control characters made visible."""
        text = _of_known_width(visible(text))
        self._pieces.append((text, kind))
        self._lay(text, kind)

    def set_width(self, width: int) -> None:
        """Break all rows anew."""
        self._width = max(2, width)
        self._begin()
        for text, kind in self._pieces:
            self._lay(text, kind)

    def row(self, index: int) -> Iterator[Run]:
        """Give a row's runs."""
        for kind, group in groupby(self._rows[index], key=lambda cell: cell[1]):
            yield "".join(character for character, _ in group), kind

    def plain(self, index: int) -> str:
        """Give a row's text."""
        return "".join(character for character, _ in self._rows[index])

    def _begin(self) -> None:
        self._rows: list[list[tuple[str, str]]] = [[]]
        self._cells = 0

    def _lay(self, text: str, kind: str) -> None:
        for character in text:
            if character == "\n":
                self._new_row([])
            else:
                self._put(character, kind)

    def _put(self, character: str, kind: str) -> None:
        size = get_character_cell_size(character)
        while self._cells + size > self._width and not self._may_hang(character):
            self._break_row()
        self._rows[-1].append((character, kind))
        self._cells += size

    def _may_hang(self, character: str) -> bool:
        return character == " " and self._cells <= self._width

    def _break_row(self) -> None:
        """Carry the last, unfinished word to a new row; a word wider than a row is cut."""
        row = self._rows[-1]
        start = len(row)
        while start and row[start - 1][0] != " ":
            start -= 1
        if start == 0:
            start = len(row)
        carried = row[start:]
        del row[start:]
        self._new_row(carried)

    def _new_row(self, cells: list[tuple[str, str]]) -> None:
        self._rows.append(cells)
        self._cells = sum(get_character_cell_size(character) for character, _ in cells)


def _of_known_width(text: str) -> str:
    # A variation selector changes the width of the character before it, and terminals differ.
    return "".join(
        _REPLACED if "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef" else c
        for c in text
    )

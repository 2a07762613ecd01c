"""Lay out text that grows at its end: rows of cells, broken between words, settled once broken.

Greedy breaking depends on nothing that comes later, so only the last row ever changes and each
character costs the same, however long the text is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from rich.cells import get_character_cell_size

from ...format import visible

Run = tuple[str, str]
"""Neighbouring characters of one kind: the kind's name and the text."""


class Cell(NamedTuple):
    """One character; a line end is kept at its row's end, where it takes no room."""

    character: str
    kind: str
    token: int
    """Which token of the text it belongs to; -1 for none."""


_REPLACED = "\N{REPLACEMENT CHARACTER}"


class TextFlow:
    """Rows of a growing text, never wider than the width.

    A blank at which a row was broken hangs at that row's end, so that nothing is lost; it may lie
    one cell outside the width.
    """

    def __init__(self, width: int) -> None:
        self._width = max(2, width)
        self._pieces: list[tuple[str, str, int]] = []
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

    def append(self, text: str, kind: str, token: int = -1) -> None:
        """Add text at the end, its control characters made visible."""
        text = _of_known_width(visible(text))
        self._pieces.append((text, kind, token))
        self._lay(text, kind, token)

    def set_width(self, width: int) -> None:
        """Break all rows anew."""
        self._width = max(2, width)
        self._begin()
        for piece in self._pieces:
            self._lay(*piece)

    def row(self, index: int) -> Iterator[Run]:
        """Give a row's runs."""
        shown = (cell for cell in self._rows[index] if cell.character != "\n")
        for kind, group in groupby(shown, key=lambda cell: cell.kind):
            yield "".join(cell.character for cell in group), kind

    def cells(self, index: int) -> list[Cell]:
        """Give a row's characters, its line end among them."""
        return self._rows[index]

    def plain(self, index: int) -> str:
        """Give a row's text."""
        return "".join(cell.character for cell in self._rows[index] if cell.character != "\n")

    def row_of(self, token: int) -> int | None:
        """Find the row in which a token begins; None for one without a character of its own."""
        for index, cells in enumerate(self._rows):
            if any(cell.token == token for cell in cells):
                return index
        return None

    def _begin(self) -> None:
        self._rows: list[list[Cell]] = [[]]
        self._cells = 0

    def _lay(self, text: str, kind: str, token: int) -> None:
        for character in text:
            if character == "\n":
                self._rows[-1].append(Cell(character, kind, token))
                self._new_row([])
            else:
                self._put(Cell(character, kind, token))

    def _put(self, cell: Cell) -> None:
        character = cell.character
        size = get_character_cell_size(character)
        while self._cells + size > self._width and not self._may_hang(character):
            self._break_row()
        self._rows[-1].append(cell)
        self._cells += size

    def _may_hang(self, character: str) -> bool:
        return character == " " and self._cells <= self._width

    def _break_row(self) -> None:
        """Carry the last, unfinished word to a new row; a word wider than a row is cut."""
        row = self._rows[-1]
        start = len(row)
        while start and row[start - 1].character != " ":
            start -= 1
        if start == 0:
            start = len(row)
        carried = row[start:]
        del row[start:]
        self._new_row(carried)

    def _new_row(self, cells: list[Cell]) -> None:
        self._rows.append(cells)
        self._cells = sum(get_character_cell_size(cell.character) for cell in cells)


def _of_known_width(text: str) -> str:
    # A variation selector changes the width of the character before it, and terminals differ.
    return "".join(
        _REPLACED if "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef" else c
        for c in text
    )

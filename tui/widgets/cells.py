"""A grid of styled characters, joined to lines in runs of one style."""

from __future__ import annotations

from itertools import groupby

from textual.content import Content

Cell = tuple[str, str]
"""A character and its style."""

BLANK: Cell = (" ", "")


class Cells:
    """Rows of cells, from the top left."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._rows = [[BLANK] * width for _ in range(height)]

    def put(self, x: int, y: int, character: str, style: str = "") -> None:
        """Set a cell; outside the grid nothing happens."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self._rows[y][x] = (character, style)

    def put_under(self, x: int, y: int, character: str, style: str = "", over: str = " ") -> None:
        """Set a cell unless something else is there than a blank or one other character."""
        is_inside = 0 <= x < self.width and 0 <= y < self.height
        if is_inside and self._rows[y][x][0] in (" ", over):
            self._rows[y][x] = (character, style)

    def write(self, x: int, y: int, text: str, style: str = "") -> None:
        """Set neighbouring cells."""
        for offset, character in enumerate(text):
            self.put(x + offset, y, character, style)

    def is_blank(self, x: int, y: int, width: int) -> bool:
        """Say whether nothing is in neighbouring cells, all of them inside the grid."""
        inside = 0 <= x <= self.width - width and 0 <= y < self.height
        return inside and all(cell == BLANK for cell in self._rows[y][x : x + width])

    def lines(self) -> list[Content]:
        """Join the cells to lines."""
        return [
            Content.assemble(
                *(
                    ("".join(character for character, _ in run), style)
                    for style, run in groupby(row, key=_style_of)
                )
            )
            for row in self._rows
        ]


def _style_of(cell: Cell) -> str:
    return cell[1]

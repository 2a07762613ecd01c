"""Move from token to token over rows of text."""

from __future__ import annotations

from .text_flow import TextFlow


def moved(flow: TextFlow, token: int, rows: int) -> int:
    """Give the token above or below another, in about the same column; itself where none is."""
    row = flow.row_of(token)
    if row is None:
        return token + (1 if rows > 0 else -1)
    column = next(i for i, cell in enumerate(flow.cells(row)) if cell.token == token)
    wanted = row + rows
    while 0 <= wanted < len(flow):
        cells = flow.cells(wanted)
        near = sorted(range(len(cells)), key=lambda i: abs(i - column))
        found = [cells[i].token for i in near if cells[i].token >= 0]
        if found:
            return found[0]
        wanted += 1 if rows > 0 else -1
    return token

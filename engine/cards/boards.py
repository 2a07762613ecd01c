"""Tenstorrent's boards: how many chips share a batch, how much memory each chip has."""

from __future__ import annotations

from dataclasses import dataclass

GIB = 1 << 30


@dataclass(frozen=True)
class Board:
    """A kind of board or system."""

    name: str
    chips: int
    """Chips that one run can use, as a mesh of 1 by this many."""
    dram: int
    """Bytes of one chip: docs.tenstorrent.com/aibs/wormhole/specifications.html and
    /aibs/blackhole/specifications.html. p300c and Galaxy are taken as chips of these kinds."""


BOARDS = (
    Board("n150", 1, 12 * GIB),
    Board("n300", 2, 12 * GIB),
    Board("T3K", 8, 12 * GIB),
    Board("p100", 1, 28 * GIB),
    Board("p150", 1, 32 * GIB),
    Board("p300c", 2, 32 * GIB),
    Board("Galaxy", 32, 12 * GIB),
)
"""A T3K is four n300, its 2 by 4 chips taken as a line of 8; Galaxy is the Wormhole one."""

_REPORTED = {"tt-galaxy-wh": "Galaxy", "p300": "p300c"}
"""Beginnings of names as the driver reports them, where they are others."""


def find_board(reported: str) -> Board | None:
    """Find a board by what the driver calls it, such as `p150b`; None if it is not known.

    A T3K reports itself as the n300s that it is made of: a chip has the same memory.
    """
    for beginning, name in _REPORTED.items():
        if reported.startswith(beginning):
            return next(board for board in BOARDS if board.name == name)
    return next((board for board in BOARDS if reported.startswith(board.name)), None)

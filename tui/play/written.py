"""What a model has written, token by token, and how unlikely it held each of them."""

from __future__ import annotations

from typing import NamedTuple

from ttgpt.engine.commands import Chunk

SURE, POSSIBLE, UNLIKELY, SURPRISING = "sure", "possible", "unlikely", "surprising"

_LEVELS = ((0.693, SURE), (2.303, POSSIBLE), (4.605, UNLIKELY))
"""Nats below which a token is called so: chances above 1/2, 1/10 and 1/100."""


class Piece(NamedTuple):
    """One token of a text."""

    id: int
    text: str
    """Its characters; empty where the token ends inside one."""
    surprise: float
    """Nats, by the model alone."""

    @property
    def level(self) -> str:
        """How surprised the model was, in a word."""
        return next((word for limit, word in _LEVELS if self.surprise < limit), SURPRISING)


class WrittenText:
    """The tokens of one sample.

    Args:
        earlier: Tokens that it continues.
    """

    def __init__(self, earlier: tuple[Piece, ...] = ()) -> None:
        self.pieces = list(earlier)
        self.marks: list[int] = []
        """After how many of its tokens a value was changed."""

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(piece.text for piece in self.pieces)

    def ids(self, count: int | None = None) -> tuple[int, ...]:
        """Give the first tokens, or all."""
        return tuple(piece.id for piece in self.pieces[:count])

    def mark(self) -> None:
        """Remember that a value was changed here."""
        self.marks.append(len(self.pieces))

    def add(self, chunk: Chunk) -> list[Piece]:
        """Take in what came, and give its tokens."""
        pieces, place = [], 0
        for drawn in chunk.drawn:
            end = place + drawn.characters
            pieces.append(Piece(drawn.id, chunk.text[place:end], drawn.surprise))
            place = end
        self.pieces += pieces
        return pieces

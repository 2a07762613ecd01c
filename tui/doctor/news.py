"""What the threads of the Doctor screen tell it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from ttgpt.engine.doctor.cards import Card
from ttgpt.engine.doctor.finding import Finding
from ttgpt.engine.errors import TtgptError


class Found(Message):
    """A check has answered."""

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self.finding = finding


class Examined(Message):
    """All checks have answered, or were stopped."""


class Refused(Message):
    """What was asked for cannot be done."""

    def __init__(self, error: TtgptError) -> None:
        super().__init__()
        self.error = error


class CardsRead(Message):
    """The cards were looked at; only the newest look counts."""

    def __init__(self, cards: Sequence[Card], now: float) -> None:
        super().__init__()
        self.cards = cards
        self.now = now

    def can_replace(self, message: Message) -> bool:
        """Let only the newest wait."""
        return isinstance(message, CardsRead)


class ResetSaid(Message):
    """A reset has come to another part of its work."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words


class ResetDone(Message):
    """A reset is over; the finding says what became of the cards."""

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self.finding = finding

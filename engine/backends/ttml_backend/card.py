"""What the card is called, as the kernel's driver says it: nothing is opened."""

from __future__ import annotations

from ...cards.boards import find_board
from ...doctor import Host
from ...doctor.cards import read_cards
from ...home import home_folder


def board() -> str:
    """Give the first card's board, such as `n150`; empty where there is none."""
    cards = read_cards(Host.here(home_folder()))
    return cards[0].board if cards else ""


def chips() -> int:
    """Give how many chips all cards have together; 0 without a card, or with an unknown one."""
    cards = read_cards(Host.here(home_folder()))
    are_known = all(find_board(card.board) for card in cards)
    return sum(card.chips for card in cards) if are_known else 0


def card_name(chips: int) -> str:
    """Name what a session runs on, for a person."""
    name = board() or "Tenstorrent card"
    return name if chips == 1 else f"{name}, {chips} chips"

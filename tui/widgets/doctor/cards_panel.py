"""The cards, one a line, with what sysfs tells of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from ttgpt.engine.doctor.cards import Card

from ...doctor.words import holders_of
from ...format import NOTHING, one_line
from ..lines import FOCUSED
from ..scrolled import Scrolled


class _Column(NamedTuple):
    """A column: its heading, its width, its cell's text, and how soon it gives way."""

    title: str
    width: int
    text: Callable[[Card], str]
    sacrifice: int = 0
    to_right: bool = True


_GAP = 2
_HEAD = 2
"""Lines of the rule and of the headings."""
_MOST_NAMED = 3


class CardsPanel(Scrolled):
    """A table that scrolls by itself, a heading over it and those who hold cards beneath."""

    HELP = (
        "All of it comes from files that the driver keeps; nothing here asks the card itself, so "
        "it never disturbs a job. A value that a card does not give is a dash.\n"
        "°C  the chip's temperature\n"
        "W  what it draws\n"
        "MHz  its AI clock\n"
        "rpm  its fan\n"
        "beat  whether its firmware counts on: moving or still\n"
        "held by  the process that has the card open"
    )

    DEFAULT_CSS = """
    CardsPanel { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._cards: Sequence[Card] = ()
        self._beat: Callable[[int], str] = lambda index: ""

    def show(self, cards: Sequence[Card], beat: Callable[[int], str]) -> None:
        """Show cards, and for each by its index what its heartbeat does."""
        self._cards, self._beat = cards, beat
        self.styles.max_height = _HEAD + len(cards) + len(_held(cards, 1))
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the rule, the heading, the cards in sight, and the holders."""
        if not self._cards:
            return []
        columns = self._that_fit(width)
        below = _held(self._cards, width)
        seen = self.in_sight(len(self._cards), height - _HEAD - len(below))
        heading = Content.styled(_joined(columns, [c.title for c in columns]), "dim")
        rows = [self._row(self._cards[place], columns) for place in seen]
        return [self._head(width, seen), heading, *rows, *below]

    def _head(self, width: int, seen: range) -> Content:
        many = len(self._cards)
        name = "1 card" if many == 1 else f"{many} cards"
        above, below = seen.start, many - seen.stop
        parts = [f"↑{above}"] * bool(above) + [f"↓{below}"] * bool(below)
        part = f" {' '.join(parts)}" if parts else ""
        rule = "─" * max(0, width - len(name) - 1 - len(part))
        style = FOCUSED if self.has_focus else "dim"
        return Content.assemble((name, style), " ", (rule, "dim"), (part, "dim"))

    def _row(self, card: Card, columns: Sequence[_Column]) -> Content:
        cells = [column.text(card) or NOTHING for column in columns]
        text = Content(_joined(columns, cells))
        return text.stylize("$error") if self._beat(card.index) == "still" else text

    def _that_fit(self, width: int) -> list[_Column]:
        columns = self._columns()
        while _width(columns) > width and len(columns) > 1:
            columns.remove(max(columns, key=lambda column: column.sacrifice))
        return columns

    def _columns(self) -> list[_Column]:
        board = _widest("board", (one_line(card.board) for card in self._cards))
        firmware = _widest("firmware", (one_line(card.firmware) for card in self._cards))
        held = _widest("held by", map(_holders, self._cards))
        return [
            _Column("", 2, lambda card: str(card.index) if card.index >= 0 else ""),
            _Column("board", board, lambda card: one_line(card.board), to_right=False),
            _Column("chips", 5, lambda card: str(card.chips), 6),
            _Column("PCI", 12, lambda card: one_line(card.pci), 2, to_right=False),
            _Column("°C", 3, lambda card: _whole(card.temperature_c), 1),
            _Column("W", 4, lambda card: _whole(card.power_w), 1),
            _Column("MHz", 5, lambda card: _whole(card.clock_mhz), 4),
            _Column("rpm", 5, lambda card: _whole(card.fan_rpm), 5),
            _Column("beat", 6, lambda card: self._beat(card.index), to_right=False),
            _Column("firmware", firmware, lambda card: one_line(card.firmware), 3, to_right=False),
            _Column("held by", held, _holders, to_right=False),
        ]


def _widest(title: str, texts: Iterable[str]) -> int:
    return max(len(title), *map(cell_len, texts))


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _holders(card: Card) -> str:
    if len(card.holders) > 1:
        return f"{len(card.holders)} processes"
    return f"pid {card.holders[0].pid}" if card.holders else "nobody"


def _held(cards: Sequence[Card], width: int) -> list[Content]:
    """Name those who hold cards, each once: `pid 4711 of ann: python train.py`."""
    found = holders_of(cards)
    lines = [f"    {one_line(str(holder))}" for holder in found[:_MOST_NAMED]]
    if len(found) > _MOST_NAMED:
        lines.append(f"    and {len(found) - _MOST_NAMED} more")
    return [Content(line).truncate(width) for line in lines]


def _joined(columns: Sequence[_Column], cells: Sequence[str]) -> str:
    return (" " * _GAP).join(
        f"{cell[: column.width]:>{column.width}}"
        if column.to_right
        else set_cell_size(cell, column.width)
        for column, cell in zip(columns, cells, strict=True)
    )


def _width(columns: Sequence[_Column]) -> int:
    return sum(column.width for column in columns) + _GAP * (len(columns) - 1)

"""The characters of a chart, in each marker style."""

from __future__ import annotations

from dataclasses import dataclass

from ...settings import Marker


@dataclass(frozen=True)
class Glyphs:
    """What a chart is made of; every one is a cell wide."""

    dots_across: int
    """Dots in a cell, side by side."""
    dots_down: int
    line: str = "─"
    tick_left: str = "┤"
    tick_below: str = "┬"
    side: str = "│"
    corner: str = "└"
    dashes: str = "╌"
    restart: str = "┆"
    point: str = "●"
    sample: str = "▵"
    chosen: str = "▲"
    best: str = "◉"
    saved: str = "▪"
    changed: str = "◊"
    cursor: str = "│"
    paused: str = "¦"


GLYPHS: dict[Marker, Glyphs] = {
    "braille": Glyphs(2, 4),
    "block": Glyphs(2, 2),
    "ascii": Glyphs(
        1, 1, "-", "+", "+", "|", "+", "-", ":", "o", "'", "^", "@", "=", "%", "|", "p"
    ),
}

# ruff: noqa: RUF001, that complains of the characters this is about
"""Screens in ASCII, for terminals that have few glyphs: each other character has a stand-in.

It acts on what is sent, whichever widget drew it, so that nothing is forgotten: scroll bars,
borders and the text that a model wrote as well. A widget takes whichever glyph it likes, and asks
for ASCII only where one character would not say the same, such as an arrow between two numbers.
"""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_SAME = {
    "─╌┄╴╶–—‒−▃": "-",
    "━▄▐▌▋▊▉▒░": "=",
    "│┃┆┊╎‖▏▎├┤": "|",
    "┌┐└┘┬┴┼╭╮╰╯◊±▅": "+",
    "▸▶›→": ">",
    "◂◀‹←": "<",
    "▴▲↑▵△": "^",
    "▾▼↓": "v",
    "●•◉○": "o",
    "▪■█▇▓": "#",
    "▆": "*",
    "…≈": "~",
    "×✗✕": "x",
    "·∙▂": ".",
    "✓": "+",
    "‘’": "'",
    "“”„": '"',
    "␣▁": "_",
    "°": " ",
    "↵": "/",
}


class _StandIns(dict[int, str]):
    def __missing__(self, code: int) -> str:
        """Take an accent off; for any other character give as many question marks as its cells."""
        if code < 128:
            return chr(code)
        letter, cells = unicodedata.normalize("NFKD", chr(code))[0], cell_len(chr(code))
        return letter if cells == 1 and letter.isascii() and letter.isprintable() else "?" * cells


_TABLE = _StandIns({ord(one): plain for many, plain in _SAME.items() for one in many})


def in_ascii(text: str) -> str:
    """Write a text in ASCII, of the same width on the screen."""
    return text if text.isascii() else text.translate(_TABLE)


class AsciiOnly(LineFilter):
    """Replaces all other characters in the lines of any widget."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Give the segments in ASCII."""
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]

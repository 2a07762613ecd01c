"""A text in figures: how long, of what, and what a model would have to beat."""

from __future__ import annotations

import bisect

from textual.content import Content

from ttgpt.engine.data.analysis import Analysis, Paragraphs

from ...format import count, grouped, loss, one_line, size, visible
from ...texts.blocks import characters_per_token, usual_block_size
from ...texts.tables import named, preset_table
from ..lines import Lines

_BARS = " ▁▂▃▄▅▆▇█"
_ABOUT = "≈"
_COUNTED = {"char": "letters", "byte": "bytes"}
_WIDEST_BAR = 4
_LONG = 100_000
"""Characters of a paragraph from which on its length is rounded: it would be cut else."""


class TextFigures(Lines):
    """The chosen source; `draw` gives the most telling figures first."""

    def __init__(self) -> None:
        super().__init__()
        self._analysis: Analysis | None = None
        self._tokenizer = "char"
        self._title, self._doing = "", ""

    def show(self, title: str, analysis: Analysis | None, tokenizer: str) -> None:
        """Show a text; None while nothing is known of it."""
        self._title, self._analysis, self._tokenizer = title, analysis, tokenizer
        self._doing = ""
        self.redraw()

    def tell(self, title: str, doing: str) -> None:
        """Say what is being done to know more; the figures of this text stay, faint."""
        if title != self._title:
            self._title, self._analysis = title, None
        self._doing = doing
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw title and figures, then as much of the text as there is room for."""
        head = self._head(width)
        if self._analysis is None:
            return [head]
        lines = [head, *self._figures(self._analysis, width)]
        if height >= len(lines) + 2 + len(self._analysis.presets) + 8:
            lines += [Content(""), *preset_table(self._analysis.presets)]
        lines += [Content(""), *_sample(self._analysis.sample, width)]
        return [line.stylize("dim") for line in lines] if self._doing else lines

    def _head(self, width: int) -> Content:
        """Give the title, cut where there is no room for it and what is being done."""
        title, doing = Content.styled(one_line(self._title), "bold"), f"  {self._doing}"
        if not self._doing:
            return title
        room = max(8, width - len(doing))
        return title.truncate(room, ellipsis=True) + Content.styled(doing, "dim")

    def _figures(self, found: Analysis, width: int) -> list[Content]:
        return [
            _length(found, width),
            _distinct(found, width),
            *self._paragraphs(found, width),
            self._losses(found, width),
            self._held_out(found, width),
        ]

    def _paragraphs(self, found: Analysis, width: int) -> list[Content]:
        told, block = found.paragraphs, usual_block_size(found)
        head = Content.assemble(
            ("paragraphs  ", "dim"),
            ("median ", "dim"),
            _characters(told.median),
            ("   95 % ", "dim"),
            _characters(told.p95),
        )
        if not told.histogram:
            return [head]
        cells = max(1, min(_WIDEST_BAR, width // len(told.histogram)))
        bars = Content.styled(self._bars(told, cells), "$accent")
        if not block:
            return [head, bars]
        column = cells * _column(told, block * characters_per_token(found)) + cells // 2
        column = min(column, width - 1)
        words = f"block {grouped(block)}"
        right = column + 2 + len(words) <= width
        mark = f"▴ {words}" if right else f"{words} ▴"
        indent = column if right else max(0, column + 1 - len(mark))
        return [head, bars, Content(" " * indent) + Content.styled(mark, "dim")]

    def _bars(self, told: Paragraphs, cells: int) -> str:
        highest = max(1, *(one.count for one in told.histogram))
        tops = len(_BARS) - 1
        # The smallest glyph stands for a few: what is there at all shall be seen.
        heights = (-(-one.count * tops // highest) for one in told.histogram)
        return "".join(_BARS[height] * cells for height in heights)

    def _losses(self, found: Analysis, width: int) -> Content:
        about = _ABOUT if found.is_estimate else ""
        counted = _COUNTED.get(self._tokenizer, "tokens")
        rows = (
            ("guessing", found.uniform_loss, ""),
            (counted, found.unigram_loss, about),
            ("pairs", found.bigram_loss, about),
        )
        told = [
            Content.assemble((f"{label} ", "dim"), mark + loss(value, 2))
            for label, value, mark in rows
        ]
        return _beside(told, width)

    def _held_out(self, found: Analysis, width: int) -> Content:
        about = _ABOUT if found.overlap_is_estimate else ""
        share = 100 * found.overlap
        tokens = f"{_ABOUT if found.is_estimate else ''}{count(found.val_tokens)}"
        told = [
            Content.assemble(("held out ", "dim"), tokens),
            Content.assemble(
                f"{about}{share:.{0 if share >= 10 else 1}f} %", (" in training too", "dim")
            ),
        ]
        return _beside(told, width)


def _beside(told: list[Content], width: int) -> Content:
    """Put figures beside each other, closer where they would be cut: 2.2 is not 2.27."""
    line = Content("  ").join(told)
    return line if line.cell_length <= width else Content(" ").join(told)


def _characters(length: int) -> str:
    return grouped(length) if length < _LONG else count(length)


def _length(found: Analysis, width: int) -> Content:
    line = Content.assemble(grouped(found.characters), (" characters", "dim"))
    lines = " line" if found.lines == 1 else " lines"
    for figure, unit in ((grouped(found.lines), lines), (size(found.bytes), "")):
        longer = line + Content.assemble(f"   {figure}", (unit, "dim"))
        line = longer if longer.cell_length <= width else line
    return line


def _distinct(found: Analysis, width: int) -> Content:
    line = Content.assemble(grouped(found.distinct), (" distinct", "dim"))
    once = grouped(found.once)
    end = Content.styled(f"  {once} once", "dim") if found.once else Content("")
    if not found.rare:
        return line
    line += Content.styled("  rare", "dim")
    for one in found.rare:
        longer = line + Content(f" {named(one.character)}")
        if longer.cell_length + end.cell_length > width:
            break
        line = longer
    return line + end


def _column(told: Paragraphs, characters: float) -> int:
    """Give the column of the histogram that a length falls into."""
    lows = [one.low for one in told.histogram]
    return max(0, bisect.bisect_right(lows, characters) - 1)


def _sample(text: str, width: int) -> list[Content]:
    lines: list[Content] = []
    for line in visible(text).split("\n"):
        lines += Content(line).wrap(max(4, width)) or [Content("")]
    return lines

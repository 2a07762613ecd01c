"""How far something under way is, or what came of it: one line."""

from __future__ import annotations

from textual.content import Content

from ..format import one_line
from .lines import Lines

_LONGEST_BAR = 40


class TaskLine(Lines):
    """Words, a bar and a share; or a sentence once it is done."""

    DEFAULT_CSS = """
    TaskLine { height: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._words, self._style = "", ""
        self._share: float | None = None

    @property
    def words(self) -> str:
        """What is said, or in front of the bar."""
        return self._words

    def show(self, words: str, done: int, total: int) -> None:
        """Show how far it is; a total of 0 means that nobody knows."""
        self._words, self._style = words, ""
        self._share = min(1.0, done / total) if total > 0 else None
        self.redraw()

    def say(self, words: str, style: str = "") -> None:
        """Say something instead; empty clears the line."""
        self._words, self._style, self._share = words, style, None
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the line."""
        words = Content.styled(one_line(self._words), self._style)
        if self._share is None:
            return [words]
        share = f"{100 * self._share:.0f} %"
        cells = min(_LONGEST_BAR, width - words.cell_length - 2 - 7)
        if cells < 4:
            return [words + Content(f"  {share}")]
        full = int(self._share * cells)
        return [
            Content.assemble(
                words,
                "  ",
                ("━" * full, "$accent"),
                ("╌" * (cells - full), "dim"),
                f"{share:>7}",
            )
        ]

"""Whether this host can train, in a line, and under it how many checks said what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from textual.content import Content

from ...doctor.board import BLOCK, NOTE, OK, SKIP, WARN
from ...doctor.words import Headline
from ...format import visible
from ..lines import Lines, with_parts
from .finding_list import STYLES

_ORDER = (BLOCK, WARN, NOTE, OK, SKIP)


class VerdictView(Lines):
    """The headline, what it means where that is not plain, and a line of counts or of news."""

    DEFAULT_CSS = """
    VerdictView { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._headline = Headline("")
        self._news = self._note = ""
        self._counts: Counter[str] = Counter()
        self._is_brief = False

    def show(
        self, headline: Headline, counts: Counter[str], note: str, *, is_brief: bool = False
    ) -> None:
        """Show what is known so far.

        Args:
            headline: What it comes to.
            counts: How many checks are in each state.
            note: What is said beside the counts.
            is_brief: Show only the first sentence of what it means.
        """
        self._headline, self._counts, self._note = headline, counts, note
        self._is_brief = is_brief
        self.redraw()

    def say(self, news: str) -> None:
        """Say what was just done, under the headline; empty brings back what is there else."""
        if news != self._news:
            self._news = news
            self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the lines."""
        text, meaning, style = self._headline
        head = _wrapped(Content.styled(visible(text), f"bold {style}".strip()), width)
        below = [
            line
            for sentence in (meaning[:1] if self._is_brief else meaning)
            for line in _wrapped(Content.styled(sentence, "dim"), width)
        ]
        below.append(self._counted(width))
        if self._news:
            news = _wrapped(Content(visible(self._news)), width)
            # As high as what it stands for: the list beneath should not jump.
            below = [*news, *([Content("")] * (len(below) - len(news)))]
        return [*head, *below]

    def _counted(self, width: int) -> Content:
        parts = [
            Content.assemble(str(self._counts[word]), " ", (word, STYLES[word]))
            for word in _ORDER
            if self._counts[word]
        ]
        note = [f" {self._note}"] if self._note and parts else []
        return with_parts(Content("   ").join(parts), note, width)


def _wrapped(text: Content, width: int) -> Sequence[Content]:
    return text.wrap(max(10, width))

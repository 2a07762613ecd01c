"""Whether this host can train, in a line, and under it how many checks said what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from textual.content import Content

from ..doctor.board import BLOCK, NOTE, OK, SKIP, WARN
from ..doctor.words import Headline
from ..format import visible
from .finding_list import STYLES
from .lines import Lines, with_parts

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

    def show(self, headline: Headline, counts: Counter[str], note: str) -> None:
        """Show what is known so far, with a note on what the counts count."""
        self._headline, self._counts, self._note = headline, counts, note
        self.redraw()

    def say(self, news: str) -> None:
        """Say what was just done, in the place of the counts; empty brings them back."""
        self._news = news
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the lines."""
        text, meaning, style = self._headline
        return [
            *_wrapped(Content.styled(visible(text), f"bold {style}".strip()), width),
            *(_wrapped(Content.styled(meaning, "dim"), width) if meaning else ()),
            *(
                _wrapped(Content(visible(self._news)), width)
                if self._news
                else [self._counted(width)]
            ),
        ]

    def _counted(self, width: int) -> Content:
        parts = [
            Content.assemble(str(self._counts[word]), " ", (word, STYLES[word]))
            for word in _ORDER
            if self._counts[word]
        ]
        return with_parts(
            Content("   ").join(parts), [f" {self._note}"] if self._note else [], width
        )


def _wrapped(text: Content, width: int) -> Sequence[Content]:
    return text.wrap(max(10, width))

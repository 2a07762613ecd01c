"""What there is to say of a text before it is prepared, or why it cannot be."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from ttgpt.engine.data.analysis import Advice
from ttgpt.engine.errors import TtgptError

from ...format import one_line
from ..lines import Lines

_LABEL = 6


class AdviceList(Lines):
    """Sentences; those that warn are marked, also without colour."""

    def __init__(self) -> None:
        super().__init__()
        self._advice: Sequence[Advice] = ()
        self._error: TtgptError | None = None
        self._hint = ""

    def show(self, advice: Sequence[Advice], hint: str = "") -> None:
        """Show advice, the warnings first, after a hint on what has the focus."""
        ordered = sorted(advice, key=lambda one: one.level != "warning")
        self._advice, self._hint, self._error = ordered, hint, None
        self.redraw()

    def show_error(self, error: TtgptError) -> None:
        """Show why nothing can be made of the source."""
        self._error = error
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw as many whole sentences as there is room for."""
        if self._error is not None:
            return _drawn_error(self._error, width)
        lines = Content(self._hint).wrap(max(4, width)) if self._hint else []
        for at, one in enumerate(self._advice):
            drawn = self._drawn(one, width)
            left = len(self._advice) - at
            if len(lines) + len(drawn) > height - (left > 1):
                more = f"… {left} more; v shows all"
                return [*lines, Content.styled(more, "dim")][:height]
            lines += drawn
        return lines

    def _drawn(self, one: Advice, width: int) -> list[Content]:
        style = "bold $warning" if one.level == "warning" else "dim"
        mark = "!" if one.level == "warning" else "·"
        return _hanging(Content.styled(f"{mark} ", style), one_line(one.text), width)


def _drawn_error(error: TtgptError, width: int) -> list[Content]:
    told = [Content.styled(line.plain, "bold $error") for line in _wrapped(error.what, width)]
    for label, words in (("why", error.why), ("next", error.next_step)):
        if words:
            head = Content.styled(f"{label:<{_LABEL}}", "dim")
            told += _hanging(head, one_line(words), width)
    return told


def _hanging(head: Content, words: str, width: int) -> list[Content]:
    cells = head.cell_length
    wrapped = _wrapped(words, width - cells)
    return [
        (Content(" " * cells) if at else head) + line.rstrip() for at, line in enumerate(wrapped)
    ]


def _wrapped(words: str, width: int) -> list[Content]:
    return Content(one_line(words)).wrap(max(4, width))

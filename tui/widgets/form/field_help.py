"""What the chosen setting means, what is wrong, and what the whole configuration would take."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from ...form.draft import Draft
from ...form.fields import Field
from ...format import one_line
from ...plan import Row
from ..lines import Lines
from ..train.preset_detail import drawn_rows


class FieldHelp(Lines):
    """Text beside the list of settings."""

    def __init__(self) -> None:
        super().__init__()
        self._about: list[tuple[str, str]] = []
        self._problem = ""
        self._rows: Sequence[Row] = ()

    def explain(self, field: Field, draft: Draft, choices: Sequence[str]) -> None:
        """Explain a setting."""
        before = one_line(draft.before(field.dotted)) or "none"
        facts = [("bold", field.dotted), ("", field.help)]
        if choices:
            facts.append(("dim", "one of: " + ", ".join(choices)))
        elif field.limits:
            facts.append(("dim", field.limits))
        facts.append(("dim", f"preset: {before}"))
        self._about = facts
        self.redraw()

    def judge(self, problem: str) -> None:
        """Say what is wrong; empty where nothing is."""
        self._problem = problem
        self.redraw()

    def plan(self, rows: Sequence[Row]) -> None:
        """Say what the configuration would take."""
        self._rows = rows
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the explanation, the problem, and the figures."""
        lines = [
            Content.styled(line.plain, style)
            for style, text in self._about
            for line in Content(text).wrap(max(10, width))
        ]
        if self._problem:
            wrapped = Content(one_line(self._problem)).wrap(max(10, width))
            lines += [Content(""), *(Content.styled(line.plain, "$error") for line in wrapped)]
        figures = drawn_rows(self._rows, width)
        # The figures keep their place at the foot, so that they do not jump with each setting.
        space = height - len(lines) - len(figures)
        if space >= 1:
            return [*lines, *[Content("")] * space, *figures]
        return [*lines, Content(""), *figures][:height]

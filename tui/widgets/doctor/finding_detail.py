"""One finding in full: what is so, why, what to do next, and what was seen."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from ttgpt.engine.doctor.finding import Finding

from ...doctor.board import RUNNING, Row
from ...format import one_line, visible
from ..lines import FOCUSED
from ..scrolled import Scrolled

_LABEL = 6


class FindingDetail(Scrolled):
    """A rule with the check's name, then its finding; it scrolls where there is no room.

    Args:
        ascii_only: Draw with ASCII characters.
    """

    HELP = (
        "what  what is so\n"
        "why  why it matters, or where it comes from\n"
        "next  the one next step\n"
        "run  a command for it, to be run by you: y copies it, and keeps it in a file\n"
        "set  settings that a would change, after asking\n"
        "seen  what the check has read or heard, as it was"
    )

    DEFAULT_CSS = """
    FindingDetail { height: 9; }
    """

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._row: Row | None = None
        self._arrow = "->" if ascii_only else "→"

    def show(self, row: Row | None) -> None:
        """Show a check's finding from its start."""
        if row is None or self._row is None or row.id != self._row.id:
            self.to_start()
        self._row = row
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the rule, and of the text what is in sight."""
        text = list(self._text(width))
        seen = self.in_sight(len(text), height - 1)
        below = len(text) - seen.stop
        return [self._head(width, below), *text[seen.start : seen.stop]]

    def _head(self, width: int, below: int) -> Content:
        if self._row is None:
            return Content.styled("─" * width, "dim")
        more = f" {below} more line{'' if below == 1 else 's'}, Enter " if below > 0 else ""
        name, asked = self._row.id, f"  {one_line(self._row.question)}"
        if len(name) + len(asked) + len(more) + 2 > width:
            asked = ""
        rule = "─" * max(0, width - len(name) - len(asked) - 1 - len(more))
        style = FOCUSED if self.has_focus else "dim"
        return Content.assemble((name, style), (f"{asked} {rule}{more}", "dim"))

    def _text(self, width: int) -> Iterator[Content]:
        if self._row is None:
            return
        finding = self._row.finding
        if finding is None:
            state = "being looked at" if self._row.word == RUNNING else "not looked at"
            yield from _entry("what", state, width, "dim")
            return
        for label, text, style in _entries(finding, self._arrow):
            yield from _entry(label, text, width, style)


def _entries(finding: Finding, arrow: str) -> Iterator[tuple[str, str, str]]:
    yield "what", finding.what, ""
    yield "why", finding.why, ""
    yield "next", finding.next_step, ""
    yield "run", finding.command, "$accent"
    for name, value in finding.apply.items():
        yield "set", f"{name} {arrow} {value}", "$accent"
    yield "seen", finding.evidence, "dim"


def _entry(label: str, text: str, width: int, style: str = "") -> Iterator[Content]:
    lines = [
        part
        for line in visible(text.strip("\n")).split("\n")
        for part in Content(line).wrap(max(8, width - _LABEL - 1))
    ]
    for place, line in enumerate(lines if text else []):
        yield Content.assemble((f"{'' if place else label:<{_LABEL}} ", "dim"), line.stylize(style))

"""What cleaning changes, before and after; all advice; characters; presets; the text decoded."""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ttgpt.engine.data.analysis import Analysis, CleaningFact

from ..format import grouped, one_line, visible
from ..texts.changes import changes
from ..texts.form import words_of
from ..texts.tables import ON_PRESETS, counted, preset_table
from .base import Dialog
from .dialogs import keys_line

_CHARACTERS = 60
_STYLES = {" ": "dim", "-": "$error", "+": "$success"}


class PreviewScreen(Dialog[None]):
    """A page about a text that is not prepared yet.

    Args:
        title: What it is called.
        analysis: What is known of it.
    """

    BINDINGS = [("escape,enter,q,v", "dismiss(None)", "close")]

    def __init__(self, title: str, analysis: Analysis) -> None:
        super().__init__()
        self._title = title
        self._analysis = analysis

    def compose(self) -> ComposeResult:
        """Show the parts below each other."""
        with Vertical(id="page"):
            yield Static(f"Preview: {one_line(self._title)}", classes="heading", markup=False)
            with VerticalScroll():
                for part in _parts(self._analysis):
                    yield Static(part, markup=False)
            yield Static(keys_line(("Esc", "close"), ("↑↓", "scroll")), classes="keys")


def _parts(found: Analysis) -> Iterator[Content]:
    changing = [fact for fact in found.cleaning if fact.removed and (fact.before or fact.after)]
    for fact in sorted(changing, key=lambda fact: not fact.is_on):
        yield from _step(fact)
    yield from _advice(found)
    yield from _titled("characters", [Content(counted(found.counts, found.distinct, _CHARACTERS))])
    yield from _titled("unusual ones", [Content(counted(found.rare, found.unusual, _CHARACTERS))])
    presets = [*preset_table(found.presets), Content.styled(ON_PRESETS, "dim")]
    yield from _titled("presets on this text", presets)
    yield from _titled("decoded from its tokens", [Content(visible(found.sample))])


def _titled(title: str, lines: list[Content]) -> Iterator[Content]:
    if any(line.plain for line in lines):
        yield Content.styled(title, "bold")
        yield from lines
        yield Content("")


def _advice(found: Analysis) -> Iterator[Content]:
    lines = []
    for one in sorted(found.advice, key=lambda one: one.level != "warning"):
        mark = "! " if one.level == "warning" else "  "
        lines.append(Content.assemble((mark, "bold $warning"), one_line(one.text)))
    for left in found.left_out:
        told = one_line(f"{left.path}: {left.reason}")
        lines.append(Content.assemble(("  left out  ", "dim"), told))
    return _titled("advice", lines)


def _step(fact: CleaningFact) -> Iterator[Content]:
    on = "on" if fact.is_on else "off"
    yield Content.assemble(
        (words_of(fact.step), "bold"),
        (f"  {on}  {grouped(fact.removed)} {fact.unit}{fact.place}", "dim"),
    )
    for line in changes(fact.before, fact.after):
        style = _STYLES[line.mark]
        yield Content.assemble((f"  {line.mark} ", style), (visible(line.text), style))
    yield Content("")

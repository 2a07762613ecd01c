"""What cleaning changes, before and after; all advice; the text as it comes back from tokens."""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ttgpt.engine.data.analysis import Analysis, CleaningFact

from ..format import grouped, one_line, visible
from ..texts.changes import changes
from ..texts.form import words_of

_STYLES = {" ": "dim", "-": "$error", "+": "$success"}


class PreviewScreen(ModalScreen[None]):
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
            yield Static(
                Content.assemble(
                    ("Esc", "bold $accent"), " close  ", ("↑↓", "bold $accent"), " more"
                ),
                classes="keys",
            )


def _parts(found: Analysis) -> Iterator[Content]:
    changing = [fact for fact in found.cleaning if fact.removed and (fact.before or fact.after)]
    for fact in sorted(changing, key=lambda fact: not fact.is_on):
        yield from _step(fact)
    for one in found.advice:
        mark = "! " if one.level == "warning" else "  "
        yield Content.assemble((mark, "bold $warning"), one_line(one.text))
    for left in found.left_out:
        yield Content.assemble(("left out  ", "dim"), one_line(f"{left.path}: {left.reason}"))
    yield Content.styled("\ndecoded from its tokens", "dim")
    yield Content(visible(found.sample))


def _step(fact: CleaningFact) -> Iterator[Content]:
    on = "on" if fact.is_on else "off"
    about = "about " if fact.is_estimate else ""
    yield Content.assemble(
        (words_of(fact.step), "bold"),
        (f"  {on}  {about}{grouped(fact.removed)} {fact.unit}", "dim"),
    )
    for line in changes(fact.before, fact.after):
        style = _STYLES[line.mark]
        yield Content.assemble((f"  {line.mark} ", style), (visible(line.text), style))
    yield Content("")

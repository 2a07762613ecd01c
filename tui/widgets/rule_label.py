"""A thin rule with a few words at its start: `stage2 1,750  seed 7 ───────`."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from .lines import FOCUSED


class RuleLabel(Widget):
    """One line."""

    DEFAULT_CSS = """
    RuleLabel { height: 1; }
    """

    label: reactive[str] = reactive("")
    is_marked: reactive[bool] = reactive(False)
    """Whether what is below has the focus."""

    def render(self) -> Content:
        """Draw the words, then the rule to the end."""
        gap = " " if self.label else ""
        rule = gap + "─" * max(0, self.size.width - Content(self.label + gap).cell_length)
        return Content.assemble((self.label, FOCUSED if self.is_marked else "dim"), (rule, "dim"))

"""The keys that do something now and have no room in the last line."""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import App
from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from ..offers import declared
from .key_line import KeyLine

_LONGEST_WORD = 12
"""A key whose description is longer is told by the help alone."""
_GAP = 2


class MoreKeys(Widget):
    """Keys with their words, dim, in as many lines as there is room for."""

    DEFAULT_CSS = """
    MoreKeys { height: auto; min-height: 0; color: $text-muted; }
    """

    keys: reactive[tuple[tuple[str, str], ...]] = reactive((), layout=True)
    """Key and word, in the order shown."""

    def on_mount(self) -> None:
        """Follow the screen's keys, and what the last line shows of them."""
        self.screen.bindings_updated_signal.subscribe(self, lambda screen: self._look_again())
        self.watch(self.screen.query_one(KeyLine), "keys", self._look_again)

    def render(self) -> Content:
        """Draw the keys, broken between them."""
        lines: list[list[Content]] = [[]]
        used = 0
        for key, word in self.keys:
            cells = len(key) + 1 + len(word)
            if lines[-1] and used + _GAP + cells > self.size.width:
                lines.append([])
                used = 0
            used += cells + (_GAP if lines[-1] else 0)
            lines[-1].append(Content.assemble((key, "$accent"), " ", (word, "dim")))
        return Content("\n").join(Content(" " * _GAP).join(line) for line in lines)

    def _look_again(self) -> None:
        if not self.is_attached:
            return
        screen = self.screen
        told = {word for _, word in screen.query_one(KeyLine).keys}
        found: dict[str, str] = {}
        for binding in _of_the_place(screen):
            found.setdefault(binding.description, self.app.get_key_display(binding))
        self.keys = tuple((key, word) for word, key in found.items() if word not in told)


def _of_the_place(screen: Screen[object]) -> Iterator[Binding]:
    """Give what does something now, is told in a word, and belongs to this place alone."""
    for active in screen.active_bindings.values():
        is_ours = active.binding in declared(type(active.node))
        is_short = 0 < len(active.binding.description) <= _LONGEST_WORD
        if is_ours and is_short and active.enabled and not isinstance(active.node, App):
            yield active.binding

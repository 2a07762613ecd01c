"""The last line: the keys that do something now."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

_FIRST = ("enter", "escape")
"""Keys whose actions are the main ones, wherever they are declared."""
_LAST = ("help",)
"""Actions that keep their place at the end however narrow the line is."""


class KeyLine(Widget):
    """Keys of the focused widget, its parents, the screen and the app, in this order."""

    DEFAULT_CSS = """
    KeyLine { dock: bottom; height: 1; width: 1fr; padding: 0 1; }
    """

    keys: reactive[tuple[tuple[str, str], ...]] = reactive(())
    """Key and word, in the order shown; a repaint happens only when they change."""

    def on_mount(self) -> None:
        """Follow the screen's keys."""
        self.screen.bindings_updated_signal.subscribe(self, self._look_again)
        self._look_again(self.screen)

    def on_resize(self) -> None:
        """Choose again what fits."""
        self._look_again(self.screen)

    def render(self) -> Content:
        """Draw the keys."""
        return Content("  ").join(
            Content.assemble((key, "bold $accent"), " ", word) for key, word in self.keys
        )

    def _look_again(self, screen: Screen[object]) -> None:
        shown = [
            binding.binding
            for binding in screen.active_bindings.values()
            if binding.binding.show and binding.enabled and binding.binding.description
        ]
        shown.sort(key=lambda binding: binding.key not in _FIRST)
        self.keys = tuple(self._that_fit(_once(shown)))

    def _that_fit(self, bindings: list[Binding]) -> list[tuple[str, str]]:
        last = [self._entry(found) for found in bindings if found.action in _LAST]
        others = [self._entry(found) for found in bindings if found.action not in _LAST]
        while others and _width(others + last) > self.size.width:
            others.pop()
        return others + last

    def _entry(self, binding: Binding) -> tuple[str, str]:
        return self.app.get_key_display(binding), binding.description


def _once(bindings: Iterable[Binding]) -> list[Binding]:
    """Keep the first of several keys for one action."""
    return list({found.action: found for found in reversed(list(bindings))}.values())[::-1]


def _width(entries: list[tuple[str, str]]) -> int:
    return sum(len(key) + 1 + len(word) for key, word in entries) + 2 * (len(entries) - 1)

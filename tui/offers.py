"""What can be done now, from the focus outwards: the keys of the help, and all of the palette."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from textual.actions import parse
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import format_key
from textual.screen import Screen

_OURS = "ttgpt."
_NAMES = {"⏎": "Enter", "⌫": "Backspace", "pgup": "PgUp", "pgdn": "PgDn"}


@dataclass(frozen=True)
class Offer:
    """An action with one of its keys."""

    node: DOMNode
    """What declares the key, and has the action."""
    binding: Binding

    @property
    def words(self) -> str:
        """What it does, in a few words."""
        return self.binding.tooltip or self.binding.description

    @property
    def key(self) -> str:
        """This one key as people write it."""
        return key_name(self.binding.key)


def key_name(key: str) -> str:
    """Write a key as people do: p, ?, ↑, Esc, F1, PgUp, Ctrl+P."""
    written = format_key(key)
    if written.startswith("^"):
        return f"Ctrl+{written[1:].upper()}"
    if written in _NAMES:
        return _NAMES[written]
    return written.title() if len(written) > 1 else written


def offers(screen: Screen[object]) -> Iterator[Offer]:
    """Give what does something now: what is in focus first, the app last.

    Textual's own keys, such as those of a text field, are left out.
    """
    start: DOMNode = screen.focused or screen
    for node in start.ancestors_with_self:
        for binding in declared(type(node)):
            if binding.description and _does_something(node, binding):
                yield Offer(node, binding)


def in_rows(found: Iterable[Offer]) -> list[tuple[str, str]]:
    """Put offers into rows of keys and words, those of one description into one row."""
    groups: dict[str, list[Offer]] = {}
    for offer in found:
        groups.setdefault(offer.binding.description, []).append(offer)
    return [(_keys(group), _words(group)) for group in groups.values()]


def _keys(group: list[Offer]) -> str:
    told = [offer.binding.key_display for offer in group if offer.binding.key_display]
    return " ".join(dict.fromkeys(told or [offer.key for offer in group]))


def _words(group: list[Offer]) -> str:
    words = {offer.words for offer in group}
    if len(words) == 1:
        return words.pop()
    shared = group[0].binding.description
    return shared[:1].upper() + shared[1:]


def declared(kind: type[DOMNode]) -> Iterable[Binding]:
    """Give the keys that this program gave a node, without those it has from Textual."""
    ours = (found for found in kind.__mro__ if found.__module__.startswith(_OURS))
    return Binding.make_bindings(chain.from_iterable(vars(o).get("BINDINGS", ()) for o in ours))


def _does_something(node: DOMNode, binding: Binding) -> bool:
    namespace, name, parameters = parse(binding.action)
    target = node.app if namespace == "app" else node
    return bool(target.check_action(name, parameters))

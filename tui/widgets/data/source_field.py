"""Where a text comes from: a name, a path with completion, or several with commas between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from ...texts.completion import Offered, common_start, complete
from ...texts.several import BETWEEN, several


class SourceField(Input):
    """A line to type in, and what could stand there."""

    HELP: ClassVar[str] = (
        "A text that the program knows, a file, a folder, or a pattern such as books/*.txt; "
        "several with a comma and a blank between them.\n"
        "Tab completes a path, up and down take what is offered below. Enter goes on to the other "
        "fields; nothing is written before Enter there."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "go on", key_display="Enter", tooltip="Go on with this text"),
        Binding("tab", "complete", "complete", key_display="Tab", tooltip="Complete the path"),
        Binding("up", "take(-1)", "offered", key_display="↑↓", tooltip="The offer above"),
        Binding("down", "take(1)", "offered", show=False, tooltip="The offer below"),
    ]

    class Offers(Message):
        """Something else could stand here now."""

        def __init__(self, offered: Sequence[Offered], marked: int | None) -> None:
            super().__init__()
            self.offered = offered
            self.marked = marked

    def __init__(self) -> None:
        super().__init__(placeholder="a name, a path or a folder", compact=True)
        # A blinking cursor repaints for ever; over a slow link nothing should.
        self.cursor_blink = False
        self._known: Sequence[Offered] = ()
        self._offered: Sequence[Offered] = ()
        self._marked: int | None = None
        self._taken = self._kept = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """The texts that are named here."""
        return several(self.value)

    def offer(self, known: Sequence[Offered]) -> None:
        """Offer these whatever is typed."""
        self._known = known
        self._look()

    def on_focus(self) -> None:
        """Offer what there is now."""
        self._look()

    def on_input_changed(self) -> None:
        """Offer what fits; what was taken from the offers leaves them as they are."""
        if self.value != self._taken:
            self._look()

    def action_take(self, by: int) -> None:
        """Write the next offer into the line."""
        if self._offered:
            start = (-1 if by > 0 else 0) if self._marked is None else self._marked
            self._marked = (start + by) % len(self._offered)
            self._write(self._offered[self._marked].text)
            self.post_message(self.Offers(self._offered, self._marked))

    def action_complete(self) -> None:
        """Write on what there is no choice about, else go to the next field."""
        longer = common_start(self._word, self._offered)
        if longer == self._word:
            self.screen.focus_next()
        else:
            self._write(longer)
            self._look()

    @property
    def _before(self) -> str:
        """What stands before the last of several."""
        added = self.value[len(self._taken) :]
        if self._taken and self.value.startswith(self._taken) and BETWEEN not in added:
            return self._kept  # what was taken may hold commas itself
        return "".join(self.value.rpartition(BETWEEN)[:2])

    @property
    def _word(self) -> str:
        return self.value[len(self._before) :]

    def _write(self, word: str) -> None:
        self._kept = self._before
        self._taken = self._kept + word
        self.value = self._taken
        self.cursor_position = len(self.value)

    @work(exclusive=True, group="offers")
    async def _look(self) -> None:
        # The folder may lie on a slow disk.
        self._offered = await asyncio.to_thread(complete, self._word, self._known)
        texts = [one.text for one in self._offered]
        self._marked = texts.index(self._word) if self._word in texts else None
        self.post_message(self.Offers(self._offered, self._marked))

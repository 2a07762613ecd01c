"""What was written before: search it, read it, keep it, write it again."""

from __future__ import annotations

import asyncio
import json
import time

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ttgpt.engine.errors import TtgptError

from ..format import age, grouped, one_line, visible
from ..play.history import Entry, read_history
from ..saved_text import save_json, save_text, shortened
from .base import Dialog
from .dialogs import keys_line
from .frame import app_of

_EMPTY = "Nothing yet. Each text that is written to its end, or stopped, is kept here."

_SHOWN = 120
"""Characters of a text that a line of the list may need; the rest is cut off."""


class HistoryScreen(Dialog[Entry]):
    """The texts, newest first, beside the one that is chosen; Enter gives it, Esc gives None."""

    BINDINGS = [
        Binding("escape", "leave", "back"),
        Binding("slash", "search", "search"),
        Binding("y", "copy", "copy and save as text"),
        Binding("j", "save_json", "save as JSON"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._all: list[Entry] | None = None
        self._shown: list[Entry] = []
        self._list = OptionList(markup=False, compact=True)
        self._search = Input(placeholder="search", compact=True, select_on_focus=False)
        self._search.cursor_blink = False
        self._text = Static("reading …", markup=False)
        self._said = Static("", classes="quiet", markup=False)

    def compose(self) -> ComposeResult:
        """Put the list beside the text."""
        with Horizontal(id="head"):
            yield Static("History", classes="heading", markup=False)
            yield self._search
        with Horizontal(id="both"):
            yield self._list
            with VerticalScroll():
                yield self._text
        yield self._said
        keys = ("Enter", "take these settings"), ("/", "search"), ("y", "copy"), ("j", "JSON")
        yield Static(keys_line(*keys, ("Esc", "back")), classes="keys")

    def on_mount(self) -> None:
        """Read the file."""
        self._read()

    @work(exclusive=True, group="history")
    async def _read(self) -> None:
        self._all = await asyncio.to_thread(read_history, app_of(self).home)
        if self.is_attached:
            self._fill()
            self._list.focus()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Show what has the typed words."""
        self._fill()

    def on_input_submitted(self) -> None:
        """Go back to the list."""
        self._list.focus()

    def on_option_list_option_highlighted(self) -> None:
        """Show the text that the pointer is on; by now that may be another one, or none."""
        entry = self._chosen
        if entry is not None:
            self._text.update(
                Content.assemble(visible(entry.text), "\n\n", (visible(entry.origin), "dim"))
            )

    def on_option_list_option_selected(self) -> None:
        """Close with the entry."""
        if self._chosen is not None:
            self.dismiss(self._chosen)

    def action_leave(self) -> None:
        """Leave the search, then the screen."""
        if self.focused is self._search:
            self._search.value = ""
            self._list.focus()
        else:
            self.dismiss(None)

    def action_search(self) -> None:
        """Type words to look for."""
        self._search.focus()

    def action_copy(self) -> None:
        """Offer the text to the clipboard, and save it."""
        entry = self._chosen
        if entry is not None:
            self.app.copy_to_clipboard(entry.text)
            self._save(entry, as_json=False)

    def action_save_json(self) -> None:
        """Save the text with all its settings."""
        if self._chosen is not None:
            self._save(self._chosen, as_json=True)

    @property
    def _chosen(self) -> Entry | None:
        place = self._list.highlighted
        return None if place is None else self._shown[place]

    @work(exclusive=True, group="save")
    async def _save(self, entry: Entry, *, as_json: bool) -> None:
        home, name = app_of(self).home, f"{entry.run_name}-{entry.step}"
        try:
            if as_json:
                content = json.dumps(entry.to_json(), indent=2)
                path = await asyncio.to_thread(save_json, home, name, content)
            else:
                path = await asyncio.to_thread(save_text, home, name, entry.text, entry.origin)
        except TtgptError as error:
            self._said.update(f"{error.what} {error.why}")
        else:
            self._said.update(f"Saved in {shortened(path)}.")

    def _fill(self) -> None:
        if self._all is None:
            return
        now = time.time()
        self._shown = [entry for entry in self._all if entry.fits(self._search.value)]
        self._list.clear_options()
        self._list.add_options(Option(_line(entry, now)) for entry in self._shown)
        if self._shown:
            self._list.highlighted = 0
        else:
            self._text.update("Nothing has these words." if self._all else _EMPTY)


def _line(entry: Entry, now: float) -> Content:
    when = age(now - entry.created)
    who = f"{one_line(entry.run_name)[-12:]} {grouped(entry.step)}"
    text = one_line(entry.text)[:_SHOWN]
    return Content.assemble((f"{when:>6} ", "dim"), f"{who}  ", (text, "dim"))

"""Choose a prompt: one of your own, a recent one, or a name from the text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ttgpt.engine.errors import TtgptError

from ..format import one_line
from ..play.prompts import OWN, Offered, forget_prompt, keep_prompt, offered_prompts
from .base import Dialog
from .dialogs import keys_line

_SHOWN = 44


class PromptPicker(Dialog[str]):
    """A list; Enter gives the prompt, Esc gives None.

    Args:
        home: The home folder.
        data: The text's folder, where it is known.
        present: The prompt as it stands, which can be made one's own.
    """

    BINDINGS = [
        Binding("escape,q", "dismiss(None)", "back"),
        Binding("k", "keep", "keep the present prompt"),
        Binding("x", "forget", "forget one of your own"),
    ]

    def __init__(self, home: Path, data: Path | None, present: str) -> None:
        super().__init__()
        self._home, self._data, self._present = home, data, present
        self._offered: list[Offered] = []
        self._list = OptionList(markup=False, compact=True)

    def compose(self) -> ComposeResult:
        """Show the list and the keys."""
        with Vertical(classes="dialog"):
            yield Static("Prompts", classes="heading", markup=False)
            yield self._list
            keys = ("Enter", "take"), ("k", "keep present"), ("x", "forget"), ("Esc", "back")
            yield Static(keys_line(*keys), classes="keys")

    def on_mount(self) -> None:
        """Read what there is."""
        self._read()

    def on_option_list_option_selected(self) -> None:
        """Close with the chosen prompt."""
        if self._chosen is not None:
            self.dismiss(self._chosen.text)

    def action_keep(self) -> None:
        """Make the present prompt one's own."""
        if self._present.strip():
            self._do(keep_prompt, self._present)

    def action_forget(self) -> None:
        """Take the chosen one out of one's own."""
        if self._chosen is not None and self._chosen.source == OWN:
            self._do(forget_prompt, self._chosen.text)

    @property
    def _chosen(self) -> Offered | None:
        place = self._list.highlighted
        return None if place is None else self._offered[place]

    @work(exclusive=True, group="prompts")
    async def _do(self, action: Callable[[Path, str], None], text: str) -> None:
        try:
            await asyncio.to_thread(action, self._home, text)
        except TtgptError as error:
            self.notify(error.what, markup=False)
        self._read()

    @work(exclusive=True, group="prompts-read")
    async def _read(self) -> None:
        self._offered = await asyncio.to_thread(offered_prompts, self._home, self._data)
        if not self.is_attached:
            return
        self._list.clear_options()
        self._list.add_options(
            Option(
                Content.assemble(
                    f"{one_line(prompt.text)[:_SHOWN]:<{_SHOWN}} ", (prompt.source, "dim")
                )
            )
            for prompt in self._offered
        )
        if self._offered:
            self._list.highlighted = 0
            self._list.focus()

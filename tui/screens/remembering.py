"""What every screen with texts does: it adds each one that has ended to the history."""

from __future__ import annotations

import asyncio

from textual import work

from ttgpt.engine.errors import TtgptError

from ..play.history import Entry, remember
from ..widgets.play.writing import Writing
from .frame import FramedScreen


class RememberingScreen(FramedScreen):
    """A place where texts are written."""

    @work(group="remember")
    async def on_writing_ended(self, message: Writing.Ended) -> None:
        """Add the text to the history."""
        entry = Entry.of(message.text, message.samples)
        try:
            await asyncio.to_thread(remember, self.ttgpt.home, entry)
        except TtgptError as error:
            message.writing.show_error(error)

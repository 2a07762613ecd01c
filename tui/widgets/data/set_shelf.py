"""What is prepared, and what is known of the marked set or of the text that is looked at."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from ttgpt.engine.data import datasets
from ttgpt.engine.errors import TtgptError

from ...texts.shelf import Row, Shelf, read_samples, read_shelf
from .set_figures import SetFigures
from .set_list import SetList
from .text_figures import TextFigures


class SetShelf(Vertical):
    """The list of sets, and figures below it; everything is read in threads.

    Args:
        home: Whose sets.
    """

    class Looked(Message):
        """The list shows what there is now."""

        def __init__(self, shelf: Shelf) -> None:
            super().__init__()
            self.shelf = shelf

    class Deleted(Message):
        """A set is in the trash, or could not be moved there."""

        def __init__(self, name: str, error: TtgptError | None) -> None:
            super().__init__()
            self.name = name
            self.error = error

    def __init__(self, home: Path) -> None:
        super().__init__()
        self._home = home
        self._sets = SetList()
        self._figures = SetFigures()
        self.text = TextFigures()

    def compose(self) -> ComposeResult:
        """Put the figures below the list; which of them are seen is the screen's business."""
        yield self._sets
        yield self._figures
        yield self.text

    @property
    def sets(self) -> SetList:
        """The list."""
        return self._sets

    @work(exclusive=True, group="shelf")
    async def look(self, mark: str = "") -> None:
        """Read what is prepared.

        Args:
            mark: A set to mark; empty leaves the mark where it is.
        """
        shelf = await asyncio.to_thread(read_shelf, self._home)
        self._sets.show(shelf.rows, mark)
        self.post_message(self.Looked(shelf))

    @work(group="delete")
    async def delete(self, name: str) -> None:
        """Move a set to the trash."""
        problem = None
        try:
            await asyncio.to_thread(datasets.delete, self._home, name)
        except TtgptError as error:
            problem = error
        self.post_message(self.Deleted(name, problem))

    def on_set_list_marked(self, message: SetList.Marked) -> None:
        """Describe the marked set."""
        message.stop()
        self._describe(message.row)

    @work(exclusive=True, group="samples")
    async def _describe(self, row: Row | None) -> None:
        self._figures.show(row, ())
        if row is not None and row.set.meta is not None:
            self._figures.show(row, await asyncio.to_thread(read_samples, self._home, row.name))

"""The list of checkpoints kept up to date, and what can be done to one of them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from ttgpt.engine.checkpoints.folder import remove, take_in
from ttgpt.engine.checkpoints.info import WHOLE
from ttgpt.engine.checkpoints.labels import set_label
from ttgpt.engine.checkpoints.seals import Seals
from ttgpt.engine.errors import TtgptError

from ..format import grouped, one_line
from ..messages import RunChanged
from ..play.choices import Choice, Vocabulary, list_choices, read_vocabulary
from ..watching.state import RunState
from ..widgets.play.checkpoint_line import about
from ..widgets.play.checkpoint_table import CheckpointTable
from .ask import AskWords
from .dialogs import Confirm
from .frame import app_of


class Shelf(Vertical):
    """The table, and a line on what is chosen."""

    DEFAULT_CSS = """
    Shelf { height: auto; }
    Shelf > .shelf--about {
        height: auto; min-height: 1; max-height: 2; text-style: dim; padding-left: 2;
    }
    """

    class Looked(Message):
        """The list was read."""

    class VocabularyRead(Message):
        """What the chosen one can read is known; None when its files cannot be used."""

        def __init__(self, vocabulary: Vocabulary | None) -> None:
            super().__init__()
            self.vocabulary = vocabulary

    def __init__(self) -> None:
        super().__init__()
        self._table = CheckpointTable()
        self._about = Static("", classes="shelf--about", markup=False)
        self._seen: tuple[object, ...] = ()
        self._vocabulary: Vocabulary | None = None
        self._seals = Seals()

    def compose(self) -> ComposeResult:
        """Put the line below the table."""
        yield self._table
        yield self._about

    @property
    def chosen(self) -> Choice | None:
        """What writes the next text."""
        return self._table.chosen

    def take_news(self, message: RunChanged) -> None:
        """Look again when something was saved, or a run began or ended; else move the figures."""
        state = message.state
        seen = (len(state.checkpoints), *state.checkpoints, state.opened, state.is_live)
        if seen != self._seen or not state.is_live:
            self._seen = seen
            self.look()
        self._show_live(state)

    def read(self) -> list[Choice]:
        """Read what there is from the disk; for a thread."""
        return list_choices(app_of(self).home, self._seals)

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """Read the list."""
        choices = await asyncio.to_thread(self.read)
        if not self.is_attached:
            return
        was_empty = self._table.is_empty
        self._table.show(choices)
        if choices and was_empty:
            self._table.focus()
        watch = app_of(self).run_watch
        if watch is not None:
            self._show_live(watch.state)
        self.post_message(self.Looked())
        self._verify()

    @work(exclusive=True, group="verify")
    async def _verify(self) -> None:
        """Hash what is in the list, the chosen one first; show it when one has changed."""
        saved = [choice for choice in self._table.all if choice.is_usable and choice.checkpoint]
        saved.sort(key=lambda choice: choice is not self.chosen)
        for choice in saved:
            began = time.monotonic()
            if await asyncio.to_thread(self._seals.check, Path(choice.checkpoint)):
                self.look()
                return  # to the list as it is then
            # Half of a core and of a disk is left to the run that may train beside.
            await asyncio.sleep(time.monotonic() - began)

    def on_resize(self) -> None:
        """Say what there is no column for any more."""
        self._show_about(self._vocabulary)

    def on_checkpoint_table_chosen(self, message: CheckpointTable.Chosen) -> None:
        """Find out what the choice can read."""
        self._show_about(None)
        if message.choice is not None:
            self._read_vocabulary(message.choice)

    def on_checkpoint_table_wanted(self, message: CheckpointTable.Wanted) -> None:
        """Do what was asked for, after asking back where it matters."""
        message.stop()
        choice = message.choice
        if message.what == "import":
            self.app.push_screen(
                AskWords(
                    "Take in a checkpoint",
                    "The path of a checkpoint's or a run's folder, or of a file that tt-metal's "
                    "own trainers wrote. It is copied, after a check.",
                    yes="take in",
                ),
                self._take_in,
            )
        elif choice is not None:
            do = {"keep": self._keep, "rename": self._rename, "delete": self._delete}
            do[message.what](choice)

    def _keep(self, choice: Choice) -> None:
        self._do(set_label, choice.run, choice.step or 0, kept=not choice.label.kept)

    def _rename(self, choice: Choice) -> None:
        def named(words: str | None) -> None:
            if words is not None:
                self._do(set_label, choice.run, choice.step or 0, name=words)

        question = f"A name for {one_line(choice.run_name)} {grouped(choice.step)}"
        explanation = "Only this list shows it; an empty one takes it away."
        dialog = AskWords(question, explanation, words=choice.label.name, yes="set")
        self.app.push_screen(dialog, named)

    def _delete(self, choice: Choice) -> None:
        def sure(yes: bool | None) -> None:
            if yes:
                self._do(_remove, Path(choice.checkpoint))

        if self._is_needed(choice):
            why = "Training would go on from it, should it be interrupted."
            self.app.push_screen(Confirm("This checkpoint is needed.", why, yes="close"))
            return
        what = f"Delete {one_line(choice.name)} {grouped(choice.step)}?"
        self.app.push_screen(Confirm(what, "It cannot be brought back.", yes="delete"), sure)

    def _is_needed(self, choice: Choice) -> bool:
        live = any(other.is_live and other.run == choice.run for other in self._table.all)
        steps = [
            other.step or 0
            for other in self._table.all
            if other.run == choice.run and other.state == WHOLE and not other.is_live
        ]
        return live and choice.step == max(steps, default=None)

    def _take_in(self, words: str | None) -> None:
        if words and words.strip():
            self._do(take_in, app_of(self).home, Path(words.strip()))

    @work(group="shelf")
    async def _do(self, action: Callable[..., Any], *given: Any, **named: Any) -> None:
        try:
            await asyncio.to_thread(action, *given, **named)
        except TtgptError as error:
            app_of(self).show_error(error)
        self.look()

    @work(exclusive=True, group="vocabulary")
    async def _read_vocabulary(self, choice: Choice) -> None:
        vocabulary = await asyncio.to_thread(read_vocabulary, choice)
        if not self.is_attached:
            return
        self._show_about(vocabulary)
        self.post_message(self.VocabularyRead(vocabulary))

    def _show_about(self, vocabulary: Vocabulary | None) -> None:
        self._vocabulary = vocabulary
        width, choice = self._table.scrollable_content_region.width, self.chosen
        words = about(choice, time.time(), width, vocabulary) if choice is not None else ""
        self._about.update(words)

    def _show_live(self, state: RunState) -> None:
        watch = app_of(self).run_watch
        if watch is not None:
            losses = [found.val_loss for found in state.evaluations]
            self._table.show_live(watch.run.path, state.step, losses[-1] if losses else math.nan)


def _remove(checkpoint: Path) -> None:
    """Delete a checkpoint and its label: a later one of this step is another one."""
    remove(checkpoint)
    set_label(checkpoint.parents[1], int(checkpoint.name), kept=False, name="")

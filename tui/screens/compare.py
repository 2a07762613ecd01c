"""Compare: the same prompt and seed, side by side, by other weights or with other values."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Static

from ttgpt.engine.commands import Generate
from ttgpt.engine.errors import TtgptError

from ..format import one_line
from ..link import WorkerLink
from ..play.choices import Choice
from ..play.columns import MOST, Column, by_now, first_columns, stages
from ..play.grid import Grid
from ..play.seeds import any_seed
from ..play.session import PlaySession
from ..reach import reach_worker
from ..sampling import Sampling
from ..saved_text import save_text, shortened
from ..widgets.more_keys import MoreKeys
from ..widgets.play.compare_column import CompareColumn
from .remembering import RememberingScreen


class CompareScreen(RememberingScreen):
    """Two to four columns; the one in focus is steered.

    Args:
        choices: What can write.
        chosen: What the first column begins with.
        base: Prompt, length and the like, the same for all columns.
        read: Reads anew what can write; called in a thread.
    """

    PLACE = "Play"
    HELP = (
        "Every column gets the same prompt and the same seed, so what differs comes from the "
        "weights or the values alone. a adds a column, x takes it away, r puts the best "
        "checkpoint of each run side by side.\n"
        "g writes a grid: the column's checkpoint at five temperatures and four top-k, as a file."
    )
    CSS_PATH = "compare.tcss"
    BINDINGS = [
        Binding("enter", "write", "write all", key_display="Enter", tooltip="Write all columns"),
        Binding("escape", "stop", "stop", key_display="Esc", tooltip="Stop writing"),
        Binding("escape", "leave", "back", key_display="Esc", tooltip="Back to the playground"),
        Binding("tab", "next_column", "next", key_display="Tab ←→", tooltip="The next column"),
        Binding("right", "next_column", "The next column", show=False),
        Binding("left", "previous_column", "The column before", show=False),
        Binding("a", "add", "add", tooltip="Another column"),
        Binding("x", "take_away", "take away", tooltip="Take this column away"),
        Binding("r", "stages", "runs", tooltip="The best of each run"),
        Binding("n", "new_seed", "new seed", tooltip="Draw a new seed"),
        Binding("y", "copy", "copy", tooltip="Copy the texts, and save them"),
        Binding("g", "grid", "grid", tooltip="A grid of values, as a file"),
    ]

    def __init__(
        self,
        choices: Sequence[Choice],
        chosen: Choice,
        base: Generate,
        read: Callable[[], Sequence[Choice]],
    ) -> None:
        super().__init__()
        self._read = read
        self._choices = [choice for choice in choices if choice.is_usable]
        self._first = first_columns(self._choices, chosen, Sampling.of(base))
        self._base = base
        self._seed = base.seed if base.seed >= 0 else any_seed()
        self._reaching = asyncio.Lock()
        self._grid: Grid | None = None

    def compose_body(self) -> ComposeResult:
        """Put the columns beside each other."""
        yield Static("", id="what", markup=False)
        with Horizontal(id="columns"):
            for column in self._first:
                yield self._made(column)
        yield MoreKeys()
        yield Static("", id="said", markup=False)

    def on_mount(self) -> None:
        """Begin at the first column."""
        self._show_what()
        self._columns[0].focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what does something now."""
        if not self.is_mounted:
            return False
        busy = any(column.writing.is_writing for column in self._columns)
        busy = busy or self._grid is not None
        if action == "stop":
            return busy
        if action in ("write", "leave", "grid", "new_seed"):
            return not busy
        if action == "add":
            return len(self._columns) < MOST
        if action == "take_away":
            return len(self._columns) > 2
        if action == "stages":
            return len(stages(self._choices)) > 1 and not busy
        if action == "copy":
            return any(column.copied for column in self._columns)
        return True

    @work(exclusive=True, group="write")
    async def action_write(self) -> None:
        """Write all columns, those of one run's live weights with the same ones."""
        await self._look_again()
        steps: dict[Path, int | None] = {}
        for column in self._columns:
            run = column.column.choice.trained_by
            try:
                if run is not None and run not in steps:
                    steps[run] = await column.writing.session.snapshot(run)
            except TtgptError as error:
                column.writing.show_error(error)
            else:
                column.write(self._base, self._seed, steps[run] if run is not None else None)

    async def _look_again(self) -> None:
        """Find out what the columns stand for by now, and say where it is something else."""
        choices = await asyncio.to_thread(self._read)
        self._choices = [choice for choice in choices if choice.is_usable]
        news = []
        for column in self._columns:
            before, column.choices = column.column, self._choices
            column.take(replace(before, choice=by_now(before.choice, self._choices)))
            if column.column.choice.key != before.choice.key:
                news.append(f"{before.title} is gone: {column.column.title} in its place.")
        self._say("\n".join(news))

    def action_stop(self) -> None:
        """End the texts under way."""
        if self._grid is not None:
            self._grid.stop()
        for column in self._columns:
            if column.writing.is_writing:
                column.writing.stop()

    def action_leave(self) -> None:
        """Go back to the playground."""
        self.dismiss()

    def action_next_column(self) -> None:
        """Go to the next column."""
        self._go(1)

    def action_previous_column(self) -> None:
        """Go to the column before."""
        self._go(-1)

    async def action_add(self) -> None:
        """Put another column at the end, like the one in focus."""
        added = self._made(self._at_focus.column)
        await self.query_one("#columns").mount(added)
        added.focus()
        self.refresh_bindings()

    async def action_take_away(self) -> None:
        """Take the column in focus away."""
        gone = self._at_focus
        self._go(-1)
        await gone.remove()
        self.refresh_bindings()

    async def action_stages(self) -> None:
        """Put the best checkpoint of each run side by side, the oldest run first."""
        sampling = self._at_focus.column.sampling
        wanted = [Column(choice, sampling) for choice in reversed(stages(self._choices))]
        await self.query_one("#columns").remove_children()
        await self.query_one("#columns").mount(*map(self._made, wanted))
        self._columns[0].focus()

    def action_new_seed(self) -> None:
        """Draw another seed for all columns."""
        self._seed = any_seed()
        self._show_what()

    def action_copy(self) -> None:
        """Offer the texts to the clipboard, and save them."""
        text = "\n\n".join(column.copied for column in self._columns if column.copied)
        self.app.copy_to_clipboard(text)
        self._save("compared", text, f"{self._prompt}  length {self._base.max_new_tokens}")

    @work(exclusive=True, group="grid")
    async def action_grid(self) -> None:
        """Write the column's checkpoint at many values, and save that."""
        await self._look_again()
        grid = Grid(self._session(), self._at_focus.column, self._base, self._seed)
        self._grid = grid
        self.refresh_bindings()
        try:
            await grid.write(lambda words: self._say(f"{words}  Esc stops"))
        finally:
            self._grid = None
            await grid.close()
            if self.is_attached:
                self.refresh_bindings()
        if grid.found:
            origin = f"{grid.origin}  {self._prompt}"
            name = f"{grid.column.choice.run_name}-grid"
            self._save(name, grid.text, origin, beside=grid.standing)
        else:
            self._say(grid.broke_off)

    def on_compare_column_changed(self) -> None:
        """Show the keys that do something now."""
        self.refresh_bindings()

    @property
    def _columns(self) -> list[CompareColumn]:
        return list(self.query(CompareColumn))

    @property
    def _at_focus(self) -> CompareColumn:
        columns = self._columns
        within = [column for column in columns if column.has_focus or column.has_focus_within]
        return (within or columns)[0]

    def _go(self, steps: int) -> None:
        columns = self._columns
        columns[(columns.index(self._at_focus) + steps) % len(columns)].focus()

    def _made(self, column: Column) -> CompareColumn:
        period = self.ttgpt.settings.period
        return CompareColumn(column, self._choices, self._session(), period=period)

    def _session(self) -> PlaySession:
        return PlaySession(self.ttgpt.home, reach=self._reach)

    async def _reach(self, home: Path, trained_by: Path | None) -> WorkerLink:
        # One after the other: all but the first find the worker that the first has started.
        async with self._reaching:
            return await reach_worker(home, trained_by)

    @work(exclusive=True, group="save")
    async def _save(self, name: str, text: str, origin: str, beside: str = "") -> None:
        try:
            path = await asyncio.to_thread(save_text, self.ttgpt.home, name, text, origin)
        except TtgptError as error:
            self._say(f"{error.what} {error.why}")
        else:
            saved = f"Saved in {shortened(path)}."
            self._say(f"{saved}\n{beside}" if beside else saved)

    @property
    def _prompt(self) -> str:
        return f"prompt {one_line(self._base.prompt) or 'a line end'}"

    def _show_what(self) -> None:
        self.query_one("#what", Static).update(f"compare  {self._prompt}  seed {self._seed}")

    def _say(self, words: str) -> None:
        for said in self.query("#said").results(Static):  # none when the screen is being left
            said.update(words)

"""The checkpoints of all runs, one a line; the line with the pointer is the one that writes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ..format import grouped, loss, one_line
from ..play.choices import Choice

_STEP, _MARKS, _VAL = 6, 10, 5
_SHORTEST_NAME = 6
_HEADING = 1
_TITLE = "checkpoints"


class CheckpointTable(ScrollView, can_focus=True, inherit_bindings=False):
    """A list of what can write, with one chosen.

    Args:
        ascii_only: Draw with ASCII characters.
    """

    HELP: ClassVar[str] = (
        "Everything that can write: the live weights of the run that trains, then each run's "
        "checkpoints, the newest first. best has the lowest validation loss of its run, last is "
        "its newest. val is that loss in nats a token: lower is better.\n"
        "Up and down choose; what is chosen writes the next text."
    )

    DEFAULT_CSS = """
    CheckpointTable {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
    }
    CheckpointTable > .checkpoint-table--heading { text-style: dim; }
    CheckpointTable > .checkpoint-table--focused { color: $accent; text-style: bold underline; }
    CheckpointTable > .checkpoint-table--again { text-style: dim; }
    CheckpointTable > .checkpoint-table--chosen { text-style: bold; }
    CheckpointTable > .checkpoint-table--mark { color: $success; }
    CheckpointTable > .checkpoint-table--broken { color: $error; }
    CheckpointTable > .checkpoint-table--live { color: $accent; }
    CheckpointTable > .checkpoint-table--pointer { color: $accent; text-style: bold; }
    CheckpointTable:focus > .checkpoint-table--chosen { color: $accent; text-style: bold; }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "checkpoint-table--heading",
        "checkpoint-table--focused",
        "checkpoint-table--again",
        "checkpoint-table--chosen",
        "checkpoint-table--mark",
        "checkpoint-table--broken",
        "checkpoint-table--live",
        "checkpoint-table--pointer",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "choose", key_display="↑↓", tooltip="The checkpoint above"),
        Binding("down", "move(1)", "choose", show=False, tooltip="The checkpoint below"),
        Binding("pageup", "page(-1)", "A page of checkpoints up", show=False),
        Binding("pagedown", "page(1)", "A page of checkpoints down", show=False),
        Binding("home,g", "move_to(0)", "The first checkpoint", show=False),
        Binding("end,G", "move_to(-1)", "The last checkpoint", show=False),
    ]

    row: reactive[int] = reactive(0, init=False)
    """Which line is chosen, from 0."""

    class Chosen(Message):
        """Another choice has the pointer, or the chosen one has changed."""

        def __init__(self, choice: Choice | None) -> None:
            super().__init__()
            self.choice = choice

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002 (Textual's name for it)
    ) -> None:
        super().__init__(id=id)
        self.choices: Sequence[Choice] = ()
        self._pointer = ">" if ascii_only else "▸"
        self._cut = "~" if ascii_only else "…"

    @property
    def chosen(self) -> Choice | None:
        """What has the pointer; None in an empty list."""
        return self.choices[self.row] if self.choices else None

    def show(self, choices: Sequence[Choice]) -> None:
        """Show a new list; the choice stays, or goes to its run's newest when it is gone."""
        before = self.chosen
        self.choices = choices
        self.virtual_size = Size(0, max(1, len(choices)) + _HEADING)
        self.set_reactive(CheckpointTable.row, _same_or_nearest(choices, before))
        self._bring_into_view()
        self.refresh()
        if self.chosen != before:
            self.post_message(self.Chosen(self.chosen))

    def show_live(self, run: Path, step: int, val_loss: float) -> None:
        """Show how far a run's live weights have come, if they are in the list."""
        for index, old in enumerate(self.choices):
            new = dataclasses.replace(old, step=step, val_loss=val_loss)
            if old.is_live and old.run == run and _line_of(old) != _line_of(new):
                self.choices = [*self.choices[:index], new, *self.choices[index + 1 :]]
                self.refresh_line(index + _HEADING)

    def validate_row(self, row: int) -> int:
        """Keep the pointer in the list."""
        return max(0, min(row, len(self.choices) - 1))

    def watch_row(self, old: int, new: int) -> None:
        """Move the pointer."""
        for index in (old, new):
            self.refresh_line(index + _HEADING)
        self._bring_into_view()
        self.post_message(self.Chosen(self.chosen))

    def render_line(self, y: int) -> Strip:
        """Draw the heading, which does not scroll, or one choice."""
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y - _HEADING
        if y == 0:
            segments = list(self._heading(width))
        elif index < len(self.choices):
            segments = list(self._line(index, width))
        else:
            segments = [Segment("  none yet", self._style("again"))] if index == 0 else []
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Choose a line."""
        if event.y >= _HEADING and self.choices:
            self.row = event.y + self.scroll_offset.y - _HEADING

    def action_move(self, rows: int) -> None:
        """Move the pointer."""
        self.row += rows

    def action_page(self, pages: int) -> None:
        """Move the pointer by what is in view."""
        self.row += pages * max(1, self.size.height - _HEADING - 1)

    def action_move_to(self, row: int) -> None:
        """Move the pointer to a line; -1 is the last."""
        self.row = row if row >= 0 else len(self.choices) - 1

    def _bring_into_view(self) -> None:
        # The heading covers the first line in view.
        top, height = self.scroll_offset.y, self.size.height - _HEADING
        if self.row < top:
            self.scroll_to(y=self.row, animate=False, immediate=True, force=True)
        elif height > 0 and self.row >= top + height:
            self.scroll_to(y=self.row - height + 1, animate=False, immediate=True, force=True)

    def on_resize(self) -> None:
        """Keep the pointer in view."""
        self._bring_into_view()

    def _name_cells(self, width: int) -> int:
        longest = max((cell_len(one_line(c.run_name)) for c in self.choices), default=0)
        room = width - 2 - (1 + _STEP) - (1 + _MARKS) - (1 + _VAL)
        return max(_SHORTEST_NAME, min(max(longest, len(_TITLE) - 2), room))

    def _heading(self, width: int) -> Iterator[Segment]:
        name = self._name_cells(width)
        before = name + 2 - len(_TITLE)
        # Where the title reaches into the column of steps, that column goes without a heading.
        step = f"{'step':>{before + 1 + _STEP}}" if before >= 0 else " " * (before + 1 + _STEP)
        rest = f"{step} {'':<{_MARKS}} {'val':>{_VAL}}"
        yield Segment(_TITLE, self._style("focused" if self.has_focus else "heading"))
        yield Segment(rest, self._style("heading"))

    def _line(self, index: int, width: int) -> Iterator[Segment]:
        choice, chosen = self.choices[index], index == self.row
        again = index > 0 and self.choices[index - 1].run == choice.run
        name_style = self._style("chosen" if chosen else "again" if again else "")
        style = self._style("chosen" if chosen else "")
        yield Segment(f"{self._pointer if chosen else ' '} ", self._style("pointer"))
        yield Segment(self._cut_name(choice.run_name, self._name_cells(width)), name_style)
        yield Segment(f" {grouped(choice.step):>{_STEP}} ", style)
        yield Segment(f"{_that_fit(choice.marks):<{_MARKS}}", self._mark_style(choice))
        yield Segment(f" {_val(choice):>{_VAL}}", style)

    def _cut_name(self, name: str, cells: int) -> str:
        name = one_line(name)
        if cell_len(name) <= cells:
            return set_cell_size(name, cells)
        # Runs differ at the end of their names more often than at the start.
        while cell_len(name) > cells - 1:
            name = name[1:]
        return set_cell_size(self._cut + name, cells)

    def _mark_style(self, choice: Choice) -> Style:
        if not choice.is_usable:
            return self._style("broken")
        return self._style("live" if choice.is_live else "mark")

    def _style(self, name: str) -> Style:
        if not name:
            return self.rich_style
        return self.get_component_rich_style(f"checkpoint-table--{name}")


def _same_or_nearest(choices: Sequence[Choice], before: Choice | None) -> int:
    if before is None:
        return 0
    same = [i for i, choice in enumerate(choices) if choice.key == before.key]
    of_run = [i for i, choice in enumerate(choices) if choice.run == before.run]
    return (same or of_run or [0])[0]


def _val(choice: Choice) -> str:
    return loss(None if math.isnan(choice.val_loss) else choice.val_loss)


def _line_of(choice: Choice) -> tuple[str, str]:
    return grouped(choice.step), _val(choice)


def _that_fit(marks: Sequence[str]) -> str:
    text = ""
    for mark in marks:
        longer = f"{text} {mark}".strip()
        text = longer if len(longer) <= _MARKS else text
    return text

"""The checkpoints of all runs, one a line; the line with the pointer is the one that writes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from ...play.choices import Choice
from ...play.listing import Listing
from ...play.ordering import BY_RUN
from .checkpoint_line import heading, line_parts
from .pointed_list import HEADING, PointedList

_TITLE = "checkpoints"


class CheckpointTable(PointedList):
    """A list of what can write, with one chosen."""

    HELP: ClassVar[str] = (
        "Everything that can write: the live weights of the run that trains, then each run's "
        "checkpoints, the newest first. best has the lowest validation loss of its run, last is "
        "its newest. val is that loss in nats a token: lower is better.\n"
        "Each run ends with its untrained weights: where learning began.\n"
        "Up and down choose; what is chosen writes the next text. / and some letters show only "
        "what has them, o changes the order. A kept checkpoint is never dropped by its run.\n"
        "Below the list stands what else is known of the chosen one. Files are hashed once the "
        "list is there: one with a changed byte turns to damaged, and cannot write."
    )

    DEFAULT_CSS = """
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
        Binding("slash", "filter", "filter", tooltip="Show only what matches", show=False),
        Binding("enter", "end_filter", "set", key_display="Enter", tooltip="Keep the filter"),
        Binding("escape", "drop_filter", "drop", key_display="Esc", tooltip="Show all again"),
        Binding("o", "order", "order", tooltip="Another order of the list", show=False),
        Binding("k", "want('keep')", "keep", tooltip="Keep this one for good, or not", show=False),
        Binding("r", "want('rename')", "rename", tooltip="Give it a name of yours", show=False),
        Binding("x", "want('delete')", "delete", tooltip="Delete this checkpoint", show=False),
        Binding("i", "want('import')", "import", tooltip="Take in one from elsewhere", show=False),
    ]

    class Chosen(Message):
        """Another choice has the pointer, or the chosen one has changed."""

        def __init__(self, choice: Choice | None) -> None:
            super().__init__()
            self.choice = choice

    class Wanted(Message):
        """Something is to be done: keep, rename, delete or import."""

        def __init__(self, what: str, choice: Choice | None) -> None:
            super().__init__()
            self.what = what
            self.choice = choice

    def __init__(self) -> None:
        super().__init__()
        self._list = Listing()
        self._is_read = False
        self._is_filtering = False

    @property
    def choices(self) -> Sequence[Choice]:
        """What is shown, in its order."""
        return self._list.shown

    @property
    def count(self) -> int:
        """How many lines are shown."""
        return len(self.choices)

    @property
    def chosen(self) -> Choice | None:
        """What has the pointer; None in an empty list."""
        return self.choices[self.row] if self.choices else None

    @property
    def all(self) -> Sequence[Choice]:
        """What there is, by run, whatever the filter and the order."""
        return self._list.all

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing, also without a filter."""
        return not self._list.all

    def choose(self, checkpoint: str, run: str, *, untrained: bool) -> bool:
        """Put the pointer on a checkpoint, or on a run's live weights; False when it is gone.

        A filter that hides it is dropped.
        """
        place = self._list.find(checkpoint, run, untrained=untrained)
        if place is None and self._list.has(checkpoint, run, untrained=untrained):
            self.action_drop_filter()
            place = self._list.find(checkpoint, run, untrained=untrained)
        if place is not None:
            self.row = place
        return place is not None

    def show(self, choices: Sequence[Choice]) -> None:
        """Show a new list; the choice stays, or goes to its run's newest when it is gone."""
        before = self.chosen
        self._list.show(choices)
        self._is_read = True
        self.virtual_size = Size(0, max(1, len(self.choices)) + HEADING)
        self.set_reactive(CheckpointTable.row, self._list.place_of(before))
        self.bring_into_view()
        self.refresh()
        if self.chosen != before:
            self.post_message(self.Chosen(self.chosen))

    def show_live(self, run: Path, step: int, val_loss: float) -> None:
        """Show how far a run's live weights have come, if they are in the list."""
        for index in self._list.update_live(run, step, val_loss):
            self.refresh_line(index + HEADING)

    def watch_row(self, old: int, new: int) -> None:
        """Tell the parent, too."""
        super().watch_row(old, new)
        self.post_message(self.Chosen(self.chosen))

    def render_line(self, y: int) -> Strip:
        """Draw the heading, which does not scroll, or one choice."""
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y - HEADING
        if y == 0:
            segments = list(self._heading(width))
        elif index < len(self.choices):
            segments = list(self._line(index, width))
        else:
            nothing = (
                "none fits" if self._list.all else "none yet" if self._is_read else "reading …"
            )
            segments = [Segment(f"  {nothing}", self._style("again"))] if index == 0 else []
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Say that letters are typed, not commands, while there is a filter to type."""
        return self._is_filtering and character is not None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done to the chosen one."""
        if action == "end_filter":
            return self._is_filtering
        if action == "drop_filter":
            return self._is_filtering or bool(self._list.wanted)
        if action == "filter":
            return bool(self._list.all) and not self._is_filtering
        if action == "order":
            return len(self._list.all) > 1
        if action == "want" and parameters != ("import",):
            chosen = self.chosen
            return chosen is not None and not (chosen.is_live or chosen.untrained)
        return True

    def on_key(self, event: events.Key) -> None:
        """Collect a typed filter."""
        if not self._is_filtering:
            return
        if event.key == "backspace":
            self._set_filter(self._list.wanted[:-1])
        elif event.is_printable and event.character is not None:
            self._set_filter(self._list.wanted + event.character)
        else:
            return
        event.stop()
        event.prevent_default()

    def action_filter(self) -> None:
        """Begin to type a filter."""
        self._is_filtering = True
        self._set_filter("")

    def action_end_filter(self) -> None:
        """Keep the filter, and let letters be keys again."""
        self._is_filtering = False
        self._set_filter(self._list.wanted)

    def action_drop_filter(self) -> None:
        """Show all again."""
        self._is_filtering = False
        self._set_filter("")

    def action_order(self) -> None:
        """Go to the next order."""
        self._list.next_order()
        self.show(self._list.all)

    def action_want(self, what: str) -> None:
        """Ask for something to be done to the chosen one."""
        self.post_message(self.Wanted(what, self.chosen))

    def _set_filter(self, wanted: str) -> None:
        self._list.wanted = wanted
        self.show(self._list.all)
        self.refresh_bindings()

    def _heading(self, width: int) -> Iterator[Segment]:
        title = _TITLE
        if self._is_filtering or self._list.wanted:
            title = f"/{self._list.wanted}" + ("_" if self._is_filtering else "")
        elif self._list.order != BY_RUN:
            title = f"{_TITLE} {self._list.order}"
        rest = heading(self.choices, width, title)
        yield Segment(title, self._style("focused" if self.has_focus else "heading"))
        yield Segment(rest, self._style("heading"))

    def _line(self, index: int, width: int) -> Iterator[Segment]:
        choice, chosen = self.choices[index], index == self.row
        by_run = self._list.order == BY_RUN
        again = by_run and index > 0 and self.choices[index - 1].run == choice.run
        name_style = self._style("chosen" if chosen else "again" if again else "")
        style = self._style("chosen" if chosen else "")
        parts = line_parts(choice, self.choices, width, is_chosen=chosen, now=time.time())
        yield Segment(parts.pointer, self._style("pointer"))
        yield Segment(parts.name, name_style)
        yield Segment(parts.step, style)
        yield Segment(parts.marks, self._mark_style(choice))
        yield Segment(parts.figures, style)

    def _mark_style(self, choice: Choice) -> Style:
        if not choice.is_usable:
            return self._style("broken")
        return self._style("live" if choice.is_live else "mark")

    def _style(self, name: str) -> Style:
        if not name:
            return self.rich_style
        return self.get_component_rich_style(f"checkpoint-table--{name}")

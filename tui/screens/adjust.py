"""Change a live run: a field for each setting, checked while it is typed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Label, Static

from ttgpt.engine.commands import Set
from ttgpt.engine.errors import UsageError

from ..adjusting import FIELDS, Field, Live
from ..widgets.plain_field import PlainField
from .base import Dialog
from .dialogs import keys_line


class _Row(Horizontal):
    """A label, its field, and what the run has now where that differs."""

    def __init__(self, field: Field, text: str) -> None:
        super().__init__()
        self.field, self._text = field, text
        self.input = PlainField(text)

    def compose(self) -> ComposeResult:
        yield Label(self.field.label, markup=False)
        yield self.input
        yield Static("", classes="was", markup=False)

    @property
    def is_changed(self) -> bool:
        """Whether anything else than at first stands there."""
        return self.input.value != self._text

    def mark(self, is_wrong: bool) -> None:
        """Say beside the field what it was, or that it does not fit."""
        note = "does not fit" if is_wrong else f"was {self._text}" if self.is_changed else ""
        was = self.query_one(".was", Static)
        was.update(Content(note))
        was.set_class(is_wrong, "failure")


class Adjust(Dialog[list[Set]]):
    """Gives the commands that carry the changes out; None when nothing is to change."""

    BINDINGS = [
        Binding("enter", "apply", "apply", priority=True),
        Binding("escape", "dismiss(None)", "leave it"),
        Binding("down", "app.focus_next", "next", priority=True),
        Binding("up", "app.focus_previous", "previous", priority=True),
    ]

    CSS_PATH = "adjust.tcss"

    def __init__(self, live: Live) -> None:
        super().__init__()
        self._live = live
        self._rows = [_Row(field, live.text(field.name)) for field in FIELDS]

    def compose(self) -> ComposeResult:
        """Show the fields, and a line for help or what is wrong."""
        with Vertical(classes="dialog"):
            yield Static("Change the run from its next step on", classes="heading", markup=False)
            with VerticalScroll(can_focus=False):
                yield from self._rows
            yield Static("", id="note", markup=False)
            yield Static(
                keys_line(("Enter", "apply"), ("↑↓", "fields"), ("Esc", "leave it")),
                classes="keys",
            )

    def on_mount(self) -> None:
        """Begin in the first field."""
        self._rows[0].input.focus()

    def on_descendant_focus(self) -> None:
        """Show the help of the field that is typed into."""
        self._show_note()

    def on_input_changed(self) -> None:
        """Check while it is typed."""
        for row in self._rows:
            row.mark(self._complaint(row) is not None)
        self._show_note()

    def action_apply(self) -> None:
        """Close with what changed; go to the first field that does not fit instead, if there is."""
        wrong = next((row for row in self._rows if self._complaint(row) is not None), None)
        if wrong is not None:
            wrong.input.focus()
            return
        self.dismiss(self._live.changes({row.field.name: row.input.value for row in self._rows}))

    def _show_note(self) -> None:
        row = next((row for row in self._rows if row.input.has_focus), self._rows[0])
        complaint = self._complaint(row)
        note = self.query_one("#note", Static)
        note.update(Content(row.field.help if complaint is None else complaint))
        note.set_class(complaint is not None, "failure")

    def _complaint(self, row: _Row) -> str | None:
        if not row.is_changed:
            return None  # the run has it so, whatever a form would say of it
        try:
            self._live.read(row.field.name, row.input.value)
        except UsageError as error:
            return f"{error.what} {error.why}"
        return None

"""Data: from a text to a training set, with its quality in sight before anything is written."""

from __future__ import annotations

from dataclasses import replace

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal

from ttgpt.engine.data import datasets
from ttgpt.engine.errors import TtgptError

from ..format import one_line, size
from ..widgets.data.new_set import NewSet
from ..widgets.data.set_shelf import SetShelf
from ..widgets.task_line import TaskLine
from .dialogs import Confirm
from .frame import TWO_COLUMNS
from .preparing import PreparingScreen
from .preview import PreviewScreen

_BUNDLED = "harbour"


class DataScreen(PreparingScreen):
    """The sets and what is known of them at the left, the form for a new one at the right."""

    PLACE = "Data"
    LEAVING = ("A text is being prepared.", "Leaving drops it; nothing half made stays.")
    HELP = (
        "Prepared sets are what runs train on. n begins a new one: choose a text, see what it is "
        "made of, then Enter prepares it. Nothing is written before that.\n"
        "guessing, letters, pairs  losses of a model that knows nothing, how often each token "
        "occurs, which token follows which; a network should come below the last\n"
        "in training too  how much of the part held out stands in the training part word for word, "
        "in windows of 50 characters"
    )
    CSS_PATH = "data.tcss"
    HORIZONTAL_BREAKPOINTS = TWO_COLUMNS
    BINDINGS = [
        Binding(
            "enter",
            "bundled",
            "prepare harbour",
            key_display="Enter",
            tooltip="Prepare the bundled text",
        ),
        Binding("escape", "cancel", "cancel", key_display="Esc", tooltip="Stop preparing"),
        Binding("escape", "leave", "to the list", key_display="Esc", tooltip="Go to the list"),
        Binding("n", "new", "new", tooltip="Begin a new set"),
        Binding("tab", "next_field", "fields", key_display="Tab", tooltip="Go to the next field"),
        Binding("v", "preview", "preview", tooltip="See changes, advice, presets"),
        Binding("x", "delete", "delete", tooltip="Delete the marked set"),
    ]

    def compose_body(self) -> ComposeResult:
        """Put the two columns beside each other, and the progress below them."""
        with Horizontal(id="data"):
            yield SetShelf(self.ttgpt.home)
            yield NewSet()
        yield TaskLine()

    def on_mount(self) -> None:
        """Begin with the list."""
        self._shelf.sets.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what does something now."""
        if not self.is_mounted:
            return False
        sets = self._shelf.sets
        if action == "bundled":
            return sets.is_empty and sets.has_focus and not self.is_starting
        if action == "cancel":
            return self.is_starting and not self._preparer.is_ending
        if action == "new":
            return not self.has_class("-form")
        if action == "leave":
            return self.has_class("-form") and not self.is_starting
        if action == "preview":
            return self.has_class("-text") and self._analysis is not None
        if action == "delete":
            return sets.has_focus and sets.marked is not None
        return True

    def action_new(self) -> None:
        """Go to the form; what was entered there before still stands."""
        self.add_class("-form")
        self.call_after_refresh(self._form.fields.begin)

    def action_bundled(self) -> None:
        """Prepare the text that comes with the program."""
        fields = self._form.fields
        fields.suggest(_BUNDLED)
        self._prepare(fields.form, fields.set_name)

    def action_next_field(self) -> None:
        """Go to the next field; from the list to the form, which may be out of sight."""
        if self.has_class("-form"):
            self.focus_next()
        else:
            self.action_new()

    def action_preview(self) -> None:
        """Show what cleaning changes."""
        if self._analysis is not None:
            self.app.push_screen(PreviewScreen(self._title, self._analysis))

    def action_delete(self) -> None:
        """Delete the marked set, after asking back; one that a run needs stays."""
        row = self._shelf.sets.marked
        if row is None:
            return
        try:
            datasets.check_unneeded(row.name, row.uses)
        except TtgptError as error:
            self.ttgpt.show_error(error)
            return
        where = f"It moves to the trash folder, {size(row.bytes)}."
        cost = one_line(datasets.cost_of_deleting(row.uses))
        told = f"{where}\n{cost}".strip()
        question = Confirm(f"Delete {one_line(row.name)}?", told, yes="delete")
        self._if_yes(question, lambda: self._shelf.delete(row.name))

    def on_screen_resume(self) -> None:
        """See what was prepared or trained on while another screen was shown."""
        self._shelf.look()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Show what belongs to the side with the focus, and its keys."""
        self.set_class(self._shelf.sets is not event.widget, "-form")
        self._choose_figures()
        self.refresh_bindings()

    def on_set_shelf_looked(self, message: SetShelf.Looked) -> None:
        """Offer what was used before; suggest the bundled text where nothing is prepared."""
        fields = self._form.fields
        fields.offer(message.shelf.offered)
        if not message.shelf.rows:
            fields.suggest(_BUNDLED)
        self._choose_figures()
        self.refresh_bindings()

    def on_set_shelf_deleted(self, message: SetShelf.Deleted) -> None:
        """Say what became of the set."""
        if message.error is not None:
            self.ttgpt.show_error(message.error)
        else:
            self._line.say(f"{one_line(message.name)} was moved to the trash.")
            self._form.clear_refusal()  # its name may have been the reason
            if self._analysis is not None and self._analysis.prepared_as == message.name:
                self._show_analysis(replace(self._analysis, prepared_as=""))
        self._shelf.look()

    def _choose_figures(self) -> None:
        empty = self._shelf.sets.is_empty
        self.set_class(self.has_class("-form") or empty, "-text")

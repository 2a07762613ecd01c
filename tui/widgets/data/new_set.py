"""The form for a new set: its fields, and below them what is known of the text they name."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from ttgpt.engine.data.analysis import Analysis
from ttgpt.engine.errors import TtgptError

from ...texts.field_words import for_form
from ..switches import Switches
from .set_fields import SetFields
from .set_notes import SetNotes
from .source_field import SourceField


class NewSet(Vertical):
    """Fields and notes."""

    def __init__(self) -> None:
        super().__init__()
        self._analysis: Analysis | None = None
        self._refusal: TtgptError | None = None
        self.fields = SetFields()
        self._notes = SetNotes()

    def compose(self) -> ComposeResult:
        """Put the notes below the fields."""
        yield self.fields
        yield self._notes

    def show(self, analysis: Analysis | None) -> None:
        """Show what is known of the text; None while nothing is."""
        self._take(analysis)
        if self._refusal is None:
            self._show_known()
        self._help()

    def tell(self, doing: str) -> None:
        """Say what is being done to know more of the text."""
        self._notes.tell(doing)

    def show_error(self, error: TtgptError) -> None:
        """Show why nothing can be made of it; nothing that was entered is lost."""
        self._refusal = None
        self._take(None)
        self._show_why(error)

    def show_refusal(self, error: TtgptError) -> None:
        """Show why it was not prepared; what is known of the text stays."""
        self._refusal = error
        self._show_why(error)

    def clear_refusal(self) -> None:
        """Forget why it was not prepared."""
        if self._refusal is not None:
            self._refusal = None
            self._show_known()

    def on_descendant_focus(self) -> None:
        """Show what helps with the field that has the focus."""
        self._help()

    def on_descendant_blur(self) -> None:
        """Show what helps outside the fields."""
        self._help()

    def on_source_field_offers(self, message: SourceField.Offers) -> None:
        """Show what could stand in the field."""
        message.stop()
        self._notes.show_offers(message)

    def on_set_fields_changed(self, message: SetFields.Changed) -> None:
        """Forget why it was refused."""
        self._refusal = None
        self._show_known()

    def on_set_fields_named(self, message: SetFields.Named) -> None:
        """Show what will be written; another name may mend a refusal."""
        message.stop()
        self.clear_refusal()
        if not self._notes.has_class("-refused"):
            self._show_known()

    def on_switches_reached(self, message: Switches.Reached) -> None:
        """Say what the switch does."""
        message.stop()
        self._help()

    def _take(self, analysis: Analysis | None) -> None:
        self._analysis = analysis
        self.fields.show(analysis)

    def _show_known(self) -> None:
        self._notes.show(self._analysis, self.fields.tokenizer, self.fields.set_name)

    def _show_why(self, error: TtgptError) -> None:
        self._notes.show_error(for_form(error))
        if "UTF" in f"{error.what} {error.why}":
            self.fields.ask_for_encoding()

    def _help(self) -> None:
        fields = self.fields
        self._notes.help_with(
            source=fields.is_at_source, tokenizer=fields.is_at_tokenizer, switch=fields.switch
        )

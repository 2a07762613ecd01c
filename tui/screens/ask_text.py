"""A dialog with one field: a new name, a note, a number of steps."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from .dialogs import keys_line


class AskText(ModalScreen[str]):
    """Gives the text when Enter is pressed and the text is in order; Esc gives None.

    Args:
        question: What is asked.
        explanation: What will be done with the answer.
        text: What stands in the field at first.
        verb: The word beside Enter.
        problem_of: Says in a sentence what is wrong with a text; empty where nothing is.
    """

    BINDINGS = [("escape", "dismiss(None)", "back")]

    def __init__(
        self,
        question: str,
        explanation: str,
        *,
        text: str = "",
        verb: str = "set",
        problem_of: Callable[[str], str] = lambda text: "",
    ) -> None:
        super().__init__()
        self._question = question
        self._explanation = explanation
        self._text = text
        self._verb = verb
        self._problem_of = problem_of

    def compose(self) -> ComposeResult:
        """Show the question, the field, and what is wrong with what is typed."""
        with Vertical(classes="dialog"):
            yield Static(self._question, classes="heading", markup=False)
            yield Static(self._explanation, markup=False)
            yield Input(self._text, compact=True, select_on_focus=False)
            yield Static(self._problem_of(self._text), classes="problem failure", markup=False)
            yield Static(keys_line(("Enter", self._verb), ("Esc", "back")), classes="keys")

    def on_input_changed(self, message: Input.Changed) -> None:
        """Judge what is typed."""
        self.query_one(".problem", Static).update(self._problem_of(message.value))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Close with the text, if it is in order."""
        if not self._problem_of(message.value):
            self.dismiss(message.value)

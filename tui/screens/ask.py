"""Small dialogs that ask for more than yes or no: some words, or one of a few answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from .base import Dialog
from .dialogs import keys_line


class AskWords(Dialog[str]):
    """A line to type; Enter gives it where it is in order, Esc gives None.

    Args:
        question: What is asked.
        explanation: What will be done with the answer.
        words: What stands in the line at first.
        yes: The word beside Enter.
        problem_of: Says in a sentence what is wrong with a text; empty where nothing is.
    """

    BINDINGS = [("escape", "dismiss(None)", "back")]

    def __init__(
        self,
        question: str,
        explanation: str = "",
        *,
        words: str = "",
        yes: str,
        problem_of: Callable[[str], str] = lambda text: "",
    ) -> None:
        super().__init__()
        self._question, self._explanation = question, explanation
        self._words, self._yes = words, yes
        self._problem_of = problem_of

    def compose(self) -> ComposeResult:
        """Show the question, the line, what is wrong with it, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(self._question, classes="heading", markup=False)
            if self._explanation:
                yield Static(self._explanation, markup=False)
            field = Input(self._words, compact=True, select_on_focus=False)
            field.cursor_blink = False
            yield field
            yield Static(classes="problem failure", markup=False)
            yield Static(keys_line(("Enter", self._yes), ("Esc", "back")), classes="keys")

    def on_mount(self) -> None:
        """Judge what stands there at first."""
        self._judge(self._words)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Judge what is typed."""
        self._judge(message.value)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Close with what was typed, if it is in order."""
        if not self._problem_of(message.value):
            self.dismiss(message.value)

    def _judge(self, text: str) -> None:
        problem, line = self._problem_of(text), self.query_one(".problem", Static)
        line.update(problem)
        line.display = bool(problem)


class AskWhich(Dialog[str]):
    """A question with a letter for each answer; Esc gives None.

    Args:
        question: What is asked.
        answers: A letter, a word and what would come of it, for each answer; Enter is the first.
    """

    BINDINGS = [Binding("escape", "dismiss(None)", "back")]

    def __init__(self, question: str, answers: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._question, self._answers = question, answers

    def compose(self) -> ComposeResult:
        """Show the question, then an answer a line."""
        with Vertical(classes="dialog"):
            yield Static(self._question, classes="heading", markup=False)
            for letter, word, outcome in self._answers:
                yield Static(
                    Content.assemble((letter, "bold $accent"), f" {word:<8} ", (outcome, "dim"))
                )
            yield Static(keys_line(("Enter", self._answers[0][1]), ("Esc", "back")), classes="keys")

    def on_key(self, event: events.Key) -> None:
        """Close with the answer of a letter."""
        letters = [letter for letter, _, _ in self._answers]
        key = letters[0] if event.key == "enter" else event.key
        if key in letters:
            # Else the screen beneath, uncovered by then, would take the key for one of its own.
            event.stop()
            event.prevent_default()
            self.dismiss(key)

"""Small dialogs: a question with two answers, and an error in its three lines."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from ttgpt.engine.errors import TtgptError

from .base import Dialog


class Confirm(Dialog[bool]):
    """A question; Enter is yes, Esc is no."""

    BINDINGS = [
        ("enter,y", "answer(True)", "yes"),
        ("escape,n", "answer(False)", "no"),
    ]

    def __init__(self, question: str, explanation: str, *, yes: str, no: str = "back") -> None:
        super().__init__()
        self._question = question
        self._explanation = explanation
        self._answers = (yes, no)

    def compose(self) -> ComposeResult:
        """Show the question and its two keys."""
        yes, no = self._answers
        with Vertical(classes="dialog"):
            yield Static(self._question, classes="heading", markup=False)
            yield Static(self._explanation, markup=False)
            yield Static(keys_line(("Enter", yes), ("Esc", no)), classes="keys")

    def action_answer(self, answer: bool) -> None:
        """Close with an answer."""
        self.dismiss(answer)


class ErrorDialog(Dialog[bool]):
    """What went wrong, why, and the next step; closes with True to see the Doctor about it.

    Args:
        error: What to show.
        for_doctor: Whether the Doctor is offered.
    """

    BINDINGS = [
        ("escape,enter,q", "answer(False)", "close"),
        ("1", "answer(True)", "doctor"),
    ]

    def __init__(self, error: TtgptError, *, for_doctor: bool = False) -> None:
        super().__init__()
        self._error = error
        self._for_doctor = for_doctor

    def compose(self) -> ComposeResult:
        """Show the three lines."""
        with Vertical(classes="dialog error"):
            yield Static(self._error.what, classes="heading", markup=False)
            for text in (self._error.why, self._error.next_step):
                if text:
                    yield Static(text, markup=False)
            way = [("1", "ask the Doctor")] if self._for_doctor else []
            yield Static(keys_line(("Enter", "close"), *way), classes="keys")

    def action_answer(self, to_doctor: bool) -> None:
        """Close, or go where it can be found out what is missing."""
        if self._for_doctor or not to_doctor:
            self.dismiss(to_doctor)


class Shown(Dialog[None]):
    """A text to read or to copy, with a line about it."""

    BINDINGS = [("escape,enter,q", "dismiss(None)", "close")]

    def __init__(self, title: str, text: str, about: str) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._about = about

    def compose(self) -> ComposeResult:
        """Show the text whole, wrapped where it is long."""
        with Vertical(classes="dialog"):
            yield Static(self._title, classes="heading", markup=False)
            yield Static(self._text, markup=False)
            yield Static(self._about, classes="quiet", markup=False)
            yield Static(keys_line(("Enter", "close")), classes="keys")


def keys_line(*pairs: tuple[str, str]) -> Content:
    """Write keys and what they do, as the last line of a dialog."""
    return Content("   ").join(
        Content.assemble((key, "bold $accent"), " ", word) for key, word in pairs
    )

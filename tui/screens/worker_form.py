"""The worker's interpreter and environment: shown, changed, saved."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ttgpt.engine.errors import TtgptError

from ..doctor.worker_draft import WorkerDraft, one_more
from ..format import one_line
from ..widgets.choice_lines import ChoiceLines
from ..widgets.labelled_input import LabelledInput
from .base import Dialog
from .dialogs import Confirm, ErrorDialog, keys_line

_ABOUT = (
    "Only the worker gets these. What is computed or exported needs no saving; an emptied field "
    "goes back to it."
)

BACKENDS = {
    "auto": "whatever is ready on this host",
    "torch": "PyTorch, on the CPU or a GPU; no card is missed",
    "ttml": "the card, and nothing else",
}

Changes = dict[str, str]


class WorkerForm(Dialog[Changes]):
    """A page of fields; Enter gives the changes, Esc asks before it drops any."""

    AUTO_FOCUS = ""  # it would scroll the heading of the first field away
    CSS_PATH = "worker_form.tcss"
    BINDINGS = [
        Binding("enter", "save", "save"),
        Binding("escape", "leave", "back"),
        Binding("up", "app.focus_previous", "the field before", show=False),
        Binding("down", "app.focus_next", "the next field", show=False),
    ]

    def __init__(self, draft: WorkerDraft) -> None:
        super().__init__()
        self._draft = draft
        backends = [Content.assemble(f"{n:<7}", (says, "dim")) for n, says in BACKENDS.items()]
        self._backend = ChoiceLines(backends, list(BACKENDS).index(draft.backend))
        self._paths = ["", *dict.fromkeys(p.path for p in draft.pythons if p.path)]
        known = draft.python in self._paths
        at = self._paths.index(draft.python) if known else len(self._paths)
        self._python = ChoiceLines(self._choices(), at)
        self._other = LabelledInput(
            "    its path", "" if known else draft.python, placeholder="path of a Python"
        )
        self._fields = [
            LabelledInput(v.name, v.value, placeholder="not set", origin=v.origin)
            for v in draft.variables
        ]
        self._more = LabelledInput("one more", "", placeholder="NAME=value")

    def compose(self) -> ComposeResult:
        """Lay the fields out."""
        with Vertical(id="page"):
            yield Static("What the worker is started with", classes="heading", markup=False)
            yield Static(_ABOUT, classes="quiet about", markup=False)
            with VerticalScroll(can_focus=False):
                yield Static("backend", classes="quiet", markup=False)
                yield self._backend
                yield Static("interpreter", classes="quiet section", markup=False)
                yield self._python
                yield self._other
                yield Static("environment", classes="quiet section", markup=False)
                yield from self._fields
                yield self._more
            keys = (("Enter", "save"), ("Tab", "next field"), ("Esc", "back"))
            yield Static(keys_line(*keys), classes="keys")

    def on_mount(self) -> None:
        """Begin at the top."""
        self._backend.focus(scroll_visible=False)

    def on_input_changed(self) -> None:
        """Choose the other interpreter where its path is typed."""
        if self._other.has_focus_within and self._other.value:
            self._python.mark(len(self._paths))

    def on_input_submitted(self) -> None:
        """Enter in a field saves."""
        self.action_save()

    def action_save(self) -> None:
        """Close with what was changed."""
        try:
            changes = self._changes()
        except TtgptError as error:
            self.app.push_screen(ErrorDialog(error))
        else:
            self.dismiss(changes)

    def action_leave(self) -> None:
        """Close, and change nothing; what was typed is asked back for."""
        if not self._is_changed:
            self.dismiss(None)
            return
        question = Confirm("Leave without saving?", "What was typed here is dropped.", yes="leave")
        self.app.push_screen(question, self._leave_if)

    def _leave_if(self, yes: bool | None) -> None:
        if yes:
            self.dismiss(None)

    @property
    def _chosen_backend(self) -> str:
        return list(BACKENDS)[self._backend.at]

    @property
    def _chosen_python(self) -> str:
        return [*self._paths, self._other.value][self._python.at]

    @property
    def _is_changed(self) -> bool:
        typed = any(field.is_changed for field in [*self._fields, self._more])
        chosen = (self._chosen_backend, self._chosen_python)
        return typed or chosen != (self._draft.backend, self._draft.python)

    def _changes(self) -> Changes:
        values = {field.label: field.value for field in self._fields}
        changes = self._draft.changes(self._chosen_backend, self._chosen_python, values)
        if self._more.value:
            name, value = one_more(self._more.value)
            changes[f"worker.env.{name}"] = value
        return changes

    def _choices(self) -> list[Content]:
        sources = {python.path: python.source for python in self._draft.pythons}
        lines = [Content.assemble("found by itself  ", (one_line(self._draft.automatic), "dim"))]
        lines += [
            Content.assemble(one_line(path), "  ", (sources[path], "dim"))
            for path in self._paths[1:]
        ]
        return [*lines, Content("another")]

"""The form: every setting of a configuration, before a run is started with it."""

from __future__ import annotations

import asyncio

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widgets import Input, Static

from ttgpt.engine.errors import UsageError

from ..form.draft import Draft
from ..form.sources import known_sources
from ..format import one_line
from ..plan import plan_of, rows_of
from ..widgets.form.field_help import FieldHelp
from ..widgets.form.field_list import FieldList
from ..widgets.form.setting_input import SettingInput
from .draft_keeping import DraftKeeping


class ConfigForm(DraftKeeping):
    """Shows a draft and changes it; what is started or tried is up to who opened it."""

    PLACE = "Train"
    HELP = (
        "Nothing here is lost: Esc goes back, and the key that opened the form opens it as it was "
        "left."
    )
    CSS_PATH = "config_form.tcss"
    BINDINGS = [
        Binding("escape", "leave", "back", key_display="Esc", tooltip="Back; changes are kept"),
        Binding("s", "start", "start", tooltip="Train with these settings"),
        Binding("t", "try_it", "try 20 steps", tooltip="Measure it by 20 steps"),
        Binding("w", "save", "save as mine", tooltip="Keep it as my preset"),
        Binding("y", "copy", "command", tooltip="The command that starts this"),
        Binding("U", "reset_all", "undo all", tooltip="All of the preset's values"),
    ]

    class StartAsked(Message):
        """The draft is to be trained."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    class TryAsked(Message):
        """The draft is to be measured."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    class TryCancelled(Message):
        """The try under way is to be ended."""

    def __init__(self, draft: Draft, owner: MessagePump) -> None:
        """Make the form.

        Args:
            draft: What is changed, in place.
            owner: Who is told of what is wanted.
        """
        super().__init__(draft)
        self.is_trying = False
        self._owner = owner

    def compose_body(self) -> ComposeResult:
        """Put the settings beside what they mean."""
        yield Static("", id="title", markup=False)
        with Horizontal(id="form"):
            yield FieldList(self.draft)
            with Vertical(id="beside"):
                yield FieldHelp()
            yield SettingInput()
        yield Static("", id="said", markup=False)

    def on_mount(self) -> None:
        """Begin with the first setting that was changed, or else with the first."""
        fields = self.query_one(FieldList)
        for name in list(self.draft.changed)[:1]:
            fields.choose(name)
        fields.focus()
        self._judge()
        self._read_sources()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what does something now."""
        if self._is_typing:
            return action == "leave"
        if action == "try_it":
            return not self.is_trying
        if action == "reset_all":
            return bool(self.draft.changed)
        return True

    def say(self, words: str) -> None:
        """Say what is being done, or was; empty ends that."""
        said = self.query_one("#said", Static)
        said.update(words)
        said.display = bool(words)

    def show_try(self, *, is_trying: bool) -> None:
        """Note that a try began or ended; what it measured is shown."""
        self.is_trying = is_trying
        self.refresh_bindings()
        self._read_plan()

    # Changing a setting.

    def on_field_list_highlighted(self) -> None:
        """Explain the chosen setting."""
        self._explain()
        self.refresh_bindings()

    def on_field_list_changed(self) -> None:
        """Judge the whole anew."""
        self._judge()

    def on_field_list_edit_wanted(self) -> None:
        """Open the field to type in."""
        fields = self.query_one(FieldList)
        at = fields.value_at
        text = self.draft.text(fields.field.dotted)
        self.query_one(SettingInput).open(text, at, fields.size.width - at.x)
        self.refresh_bindings()

    def on_resize(self, event: events.Resize) -> None:
        """Move the field to where its value is drawn in the new layout."""
        self.call_after_refresh(self._place_field)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Judge what is typed, beside everything else."""
        if self._is_typing:
            name = self.query_one(FieldList).field.dotted
            tried = Draft(self.draft.preset, self.draft.reference, self.draft.changed)
            tried.set(name, message.value)
            self.query_one(FieldHelp).judge(_first(tried.problems(), name))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Take what was typed; where it cannot be so, that is said and marked."""
        self.draft.set(self.query_one(FieldList).field.dotted, message.value)
        self._close_field()

    def action_leave(self) -> None:
        """Drop what is being typed, or end the try; otherwise go back, and keep the changes."""
        if self._is_typing:
            self._close_field()
        elif self.is_trying:
            self._owner.post_message(self.TryCancelled())
        else:
            self.dismiss()

    def action_reset_all(self) -> None:
        """Give all settings their preset's values."""
        self.draft.reset_all()
        self._judge()

    # What is done with the whole.

    def action_start(self) -> None:
        """Train with these settings."""
        if self._is_right():
            self._owner.post_message(self.StartAsked(self.draft))

    def action_try_it(self) -> None:
        """Measure these settings by a few steps."""
        if self._is_right():
            self._owner.post_message(self.TryAsked(self.draft))

    def _is_right(self) -> bool:
        """Say whether it can be trained; lead to what is wrong where it cannot."""
        problems = self.draft.problems()
        if problems:
            self.query_one(FieldList).choose(next(iter(problems)))
            self.say("First mend what is marked with an exclamation mark.")
            return False
        return True

    @property
    def _is_typing(self) -> bool:
        return bool(self.query(SettingInput)) and self.query_one(SettingInput).display

    def _place_field(self) -> None:
        if self._is_typing:
            fields = self.query_one(FieldList)
            at = fields.value_at
            self.query_one(SettingInput).place(at, fields.size.width - at.x)

    def _close_field(self) -> None:
        self.query_one(SettingInput).close()
        self.query_one(FieldList).focus()
        self._judge()
        self.refresh_bindings()

    def _judge(self) -> None:
        self.say("")
        problems = self.draft.problems()
        self.query_one(FieldList).judge(problems)
        count = len(self.draft.changed)
        changes = "as in the preset" if not count else f"{count} changed"
        name = one_line(self.draft.preset.title)
        self.query_one("#title", Static).update(f"{name}   {changes}")
        self._explain()
        self._read_plan()
        self.refresh_bindings()

    def _explain(self) -> None:
        fields, about = self.query_one(FieldList), self.query_one(FieldHelp)
        about.explain(fields.field, self.draft, fields.choices)
        about.judge(_first(self.draft.problems(), fields.field.dotted))

    @work(exclusive=True, group="sources")
    async def _read_sources(self) -> None:
        found = await asyncio.to_thread(known_sources, self.ttgpt.home)
        if self.still_has(FieldList):
            self.query_one(FieldList).sources = found
            self._explain()
            self.refresh_bindings()

    @work(exclusive=True, group="plan")
    async def _read_plan(self) -> None:
        try:
            config = self.draft.config()
        except UsageError:
            self.query_one(FieldHelp).plan(())
            return
        plan = await asyncio.to_thread(plan_of, self.ttgpt.home, config)
        if self.query(FieldHelp):
            self.query_one(FieldHelp).plan(rows_of(plan, config))


def _first(problems: dict[str, str], name: str) -> str:
    """Choose what to say: of the setting in question first."""
    if name in problems:
        return problems[name]
    return next((f"{other}: {text}" for other, text in problems.items()), "")

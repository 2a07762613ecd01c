"""Data: from a text to a training set, with its quality in sight before anything is written."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import PurePath

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.timer import Timer

from ttgpt.engine.data import asking, datasets
from ttgpt.engine.data.analysis import Analysis
from ttgpt.engine.errors import Interrupted, TtgptError

from ..format import grouped, one_line, size
from ..texts.asking import Asker
from ..texts.form import Form
from ..widgets.data.new_set import NewSet
from ..widgets.data.set_shelf import SetShelf
from ..widgets.task_line import TaskLine
from .dialogs import Confirm
from .frame import FramedScreen
from .preview import PreviewScreen

_PAUSE = 0.4
"""Seconds without a change after which a text is looked at."""
_BUNDLED = "harbour"


class DataScreen(FramedScreen):
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
    HORIZONTAL_BREAKPOINTS = [
        (0, "-too-narrow"),
        (60, "-narrow"),
        (76, "-even"),
        (100, "-wide"),
    ]
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

    def __init__(self) -> None:
        super().__init__()
        self._analysis: Analysis | None = None
        self._asked = Form()
        self._timer: Timer | None = None

    def compose_body(self) -> ComposeResult:
        """Put the two columns beside each other, and the progress below them."""
        ascii_only = self.ttgpt.settings.glyphs == "ascii"
        self.set_class(ascii_only, "-ascii")
        with Horizontal(id="data"):
            yield SetShelf(self.ttgpt.home, ascii_only=ascii_only)
            yield NewSet(ascii_only=ascii_only)
        yield TaskLine(ascii_only=ascii_only)

    def on_mount(self) -> None:
        """Begin with the list."""
        period = self.ttgpt.settings.period
        self._analyser, self._preparer = Asker(self, period), Asker(self, period)
        self._shelf.sets.focus()

    async def on_unmount(self) -> None:
        """End what is under way."""
        await asyncio.gather(self._analyser.close(), self._preparer.close())

    @property
    def is_starting(self) -> bool:
        """Whether a set is being prepared."""
        return self._preparer.is_busy

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
        self.call_after_refresh(self.query_one(NewSet).begin)

    def action_bundled(self) -> None:
        """Prepare the text that comes with the program."""
        form = self.query_one(NewSet)
        form.suggest(_BUNDLED)
        self._prepare(form.form, form.set_name)

    def action_leave(self) -> None:
        """Go to the list; what was entered stays."""
        self.remove_class("-form")
        self.call_after_refresh(self._shelf.sets.focus)

    def action_next_field(self) -> None:
        """Go to the next field; from the list to the form, which may be out of sight."""
        if self.has_class("-form"):
            self.focus_next()
        else:
            self.action_new()

    def action_cancel(self) -> None:
        """Stop preparing; nothing is left of it."""
        self._preparer.cancel()
        self.query_one(TaskLine).say("cancelling")
        self.refresh_bindings()

    def action_preview(self) -> None:
        """Show what cleaning changes."""
        if self._analysis is not None:
            self.app.push_screen(PreviewScreen(self._title, self._analysis))

    def action_delete(self) -> None:
        """Delete the marked set, after asking back."""
        row = self._shelf.sets.marked
        if row is not None:
            where = f"Its {size(row.bytes)} move to the folder trash of the home folder."
            cost = one_line(datasets.cost_of_deleting(row.uses))
            told = f"{where}\n{cost}".strip()
            question = Confirm(f"Delete {one_line(row.name)}?", told, yes="delete")
            self.app.push_screen(question, partial(self._delete_if, row.name))

    def on_screen_resume(self) -> None:
        """See what was prepared or trained on while another screen was shown."""
        self._shelf.look()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Show what belongs to the side with the focus, and its keys."""
        self.set_class(self._shelf.sets is not event.widget, "-form")
        self._choose_figures()
        self.refresh_bindings()

    def on_new_set_changed(self, message: NewSet.Changed) -> None:
        """Look at the text again when no more changes come for a while."""
        self._analyser.drop()
        if message.is_other_text:
            self._show_analysis(None)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, self._analyse)

    def on_new_set_wanted(self, message: NewSet.Wanted) -> None:
        """Prepare what was entered."""
        form = self.query_one(NewSet)
        self._prepare(form.form, form.set_name)

    def on_set_shelf_looked(self, message: SetShelf.Looked) -> None:
        """Offer what was used before; suggest the bundled text where nothing is prepared."""
        form = self.query_one(NewSet)
        form.offer(message.shelf.offered)
        if not message.shelf.rows:
            form.suggest(_BUNDLED)
        self._choose_figures()
        self.refresh_bindings()

    def on_set_shelf_deleted(self, message: SetShelf.Deleted) -> None:
        """Say what became of the set."""
        if message.error is not None:
            self.ttgpt.show_error(message.error)
        else:
            self.query_one(TaskLine).say(f"{one_line(message.name)} was moved to the trash.")
            self.query_one(NewSet).clear_refusal()  # its name may have been the reason
            if self._analysis is not None and self._analysis.prepared_as == message.name:
                self._show_analysis(replace(self._analysis, prepared_as=""))
        self._shelf.look()

    def on_asker_said(self, message: Asker.Said) -> None:
        """Say how far it is."""
        progress = message.progress
        if message.asker is self._analyser:
            share = f" {100 * progress.done / progress.total:.0f} %" if progress.total else ""
            self._tell(f"{progress.what}{share}")
        elif self.is_starting and not self._preparer.is_ending:
            line = self.query_one(TaskLine)
            line.show(f"preparing: {progress.what}", progress.done, progress.total)

    def on_asker_answered(self, message: Asker.Answered) -> None:
        """Show what came of it."""
        if isinstance(message.answer, Analysis):
            self._show_analysis(message.answer)
        else:
            self._show_prepared(message.answer)

    def on_asker_refused(self, message: Asker.Refused) -> None:
        """Show why nothing came of it, in the form."""
        if isinstance(message.error, Interrupted):
            self.query_one(TaskLine).say("Cancelled; nothing was written.")
        elif message.asker is self._preparer:
            self.query_one(TaskLine).say("Nothing was prepared.", "$error")
            self.query_one(NewSet).show_refusal(message.error)
        else:
            self._show_error(message.error)
        self.refresh_bindings()

    def _analyse(self) -> None:
        form = self.query_one(NewSet).form
        if not form.sources:
            self._show_analysis(None)
            return
        try:
            recipe = form.recipe()
        except TtgptError as error:
            self._show_error(error)
            return
        home = self.ttgpt.home
        self._tell("reading")
        self._analyser.ask(lambda say, cancel: asking.analyse(home, recipe, say=say, cancel=cancel))

    def _prepare(self, form: Form, name: str | None) -> None:
        if self.is_starting:
            return
        if not form.sources:
            self.query_one(TaskLine).say("Nothing to prepare: name a text as the source.")
            return
        try:
            recipe = form.recipe()
        except TtgptError as error:
            self._show_error(error)
            return
        home, self._asked = self.ttgpt.home, form
        self.query_one(NewSet).clear_refusal()
        self.query_one(TaskLine).show("preparing", 0, 0)
        self._preparer.ask(
            lambda say, cancel: asking.prepare(home, recipe, name, say=say, cancel=cancel)
        )
        self.refresh_bindings()

    def _show_analysis(self, analysis: Analysis | None) -> None:
        form = self.query_one(NewSet)
        self._analysis = analysis
        form.show(analysis)
        self._shelf.text.show(self._title, analysis, form.tokenizer)
        self.refresh_bindings()

    def _tell(self, doing: str) -> None:
        self._shelf.text.tell(self._title, doing)
        if self.has_class("-narrow"):  # the figures are out of sight then
            self.query_one(NewSet).tell(doing)

    def _show_error(self, error: TtgptError) -> None:
        self._show_analysis(None)
        self.query_one(NewSet).show_error(error)
        if not self.is_starting:
            self.query_one(TaskLine).say("")  # what went well before

    def _show_prepared(self, answer: asking.PreparedAnswer) -> None:
        meta, form = answer.meta, self.query_one(NewSet)
        name, tokens = one_line(meta.name), grouped(meta.train_tokens + meta.val_tokens)
        was = "is prepared" if answer.is_new else "was prepared already"
        line = f"{name} {was}: {tokens} tokens, vocabulary {grouped(meta.vocab_size)}"
        if answer.left_out:
            line += f"; left out as no texts: {len(answer.left_out)}"
        self.query_one(TaskLine).say(line, "$success")
        self._shelf.look(mark=meta.name)
        form.forget_name(meta.name)
        # Whoever has gone on to another text meanwhile is left alone.
        if form.form == self._asked:
            if self._analysis is not None:
                self._show_analysis(replace(self._analysis, prepared_as=meta.name))
            self.action_leave()
        self.refresh_bindings()

    @property
    def _shelf(self) -> SetShelf:
        return self.query_one(SetShelf)

    @property
    def _title(self) -> str:
        source = self.query_one(NewSet).source
        return PurePath(source).name or source

    def _choose_figures(self) -> None:
        empty = self._shelf.sets.is_empty
        self.set_class(self.has_class("-form") or empty, "-text")

    def _delete_if(self, name: str, yes: bool | None) -> None:
        if yes:
            self._shelf.delete(name)

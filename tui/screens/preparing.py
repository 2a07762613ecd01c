"""What looks at a text and prepares it, beside the screen: questions, how far they are, answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import PurePath

from textual.timer import Timer

from ttgpt.engine.data import asking
from ttgpt.engine.data.analysis import Analysis
from ttgpt.engine.data.recipe import Recipe
from ttgpt.engine.errors import Interrupted, TtgptError

from ..format import grouped, one_line
from ..texts.asking import Asker
from ..texts.form import Form
from ..widgets.data.new_set import NewSet
from ..widgets.data.set_fields import SetFields
from ..widgets.data.set_shelf import SetShelf
from ..widgets.task_line import TaskLine
from .frame import FramedScreen

_PAUSE = 0.4
"""Seconds without a change after which a text is looked at."""


class PreparingScreen(FramedScreen):
    """A place with a form for a set, the shelf of those that are there, and a line of progress."""

    def __init__(self) -> None:
        super().__init__()
        self._analysis: Analysis | None = None
        self._asked = Form()
        self._outcome = ""
        """What became of the text that was prepared last, as the line said it."""
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Be ready to ask."""
        period = self.ttgpt.settings.period
        self._analyser, self._preparer = Asker(self, period), Asker(self, period)

    async def on_unmount(self) -> None:
        """End what is under way."""
        await asyncio.gather(self._analyser.close(), self._preparer.close())

    @property
    def is_starting(self) -> bool:
        """Whether a set is being prepared."""
        return self._preparer.is_busy

    def action_cancel(self) -> None:
        """Stop preparing; nothing is left of it."""
        self._preparer.cancel()
        self._line.say("cancelling")
        self.refresh_bindings()

    def action_leave(self) -> None:
        """Go to the list; what was entered stays."""
        self.remove_class("-form")
        self.call_after_refresh(self._shelf.sets.focus)

    def on_set_fields_changed(self, message: SetFields.Changed) -> None:
        """Look at the text again when no more changes come for a while."""
        self._analyser.drop()
        if message.is_other_text:
            self._show_analysis(None)
            if self._outcome and self._line.words == self._outcome:
                self._line.say("")
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, self._analyse)

    def on_set_fields_wanted(self, message: SetFields.Wanted) -> None:
        """Prepare what was entered."""
        fields = self._form.fields
        self._prepare(fields.form, fields.set_name)

    def on_asker_said(self, message: Asker.Said) -> None:
        """Say how far it is."""
        progress = message.progress
        if message.asker is self._analyser:
            share = f" {100 * progress.done / progress.total:.0f} %" if progress.total else ""
            self._tell(f"{progress.what}{share}")
        elif self.is_starting and not self._preparer.is_ending:
            self._line.show(f"preparing: {progress.what}", progress.done, progress.total)

    def on_asker_answered(self, message: Asker.Answered) -> None:
        """Show what came of it."""
        if isinstance(message.answer, Analysis):
            self._show_analysis(message.answer)
        else:
            self._show_prepared(message.answer)

    def on_asker_refused(self, message: Asker.Refused) -> None:
        """Show why nothing came of it, in the form."""
        if isinstance(message.error, Interrupted):
            self._tell_outcome("Cancelled; nothing was written.")
        elif message.asker is self._preparer:
            self._tell_outcome("Nothing was prepared.", "$error")
            self._form.show_refusal(message.error)
        else:
            self._show_error(message.error)
        self.refresh_bindings()

    def _analyse(self) -> None:
        form = self._form.fields.form
        if not form.sources:
            self._show_analysis(None)
            return
        recipe = self._recipe_of(form)
        if recipe is None:
            return
        home = self.ttgpt.home
        self._tell("reading")
        self._analyser.ask(lambda say, cancel: asking.analyse(home, recipe, say=say, cancel=cancel))

    def _prepare(self, form: Form, name: str | None) -> None:
        if self.is_starting:
            return
        if not form.sources:
            self._line.say("Nothing to prepare: name a text as the source.")
            return
        recipe = self._recipe_of(form)
        if recipe is None:
            return
        home, self._asked = self.ttgpt.home, form
        self._form.clear_refusal()
        self._line.show("preparing", 0, 0)
        self._preparer.ask(
            lambda say, cancel: asking.prepare(home, recipe, name, say=say, cancel=cancel)
        )
        self.refresh_bindings()

    def _recipe_of(self, form: Form) -> Recipe | None:
        """Give what a form asks for; where that cannot be, say why."""
        try:
            return form.recipe()
        except TtgptError as error:
            self._show_error(error)
            return None

    def _show_analysis(self, analysis: Analysis | None) -> None:
        self._analysis = analysis
        self._form.show(analysis)
        self._shelf.text.show(self._title, analysis, self._form.fields.tokenizer)
        self.refresh_bindings()

    def _tell(self, doing: str) -> None:
        self._shelf.text.tell(self._title, doing)
        if self.has_class("-narrow"):  # the figures are out of sight then
            self._form.tell(doing)

    def _show_error(self, error: TtgptError) -> None:
        self._show_analysis(None)
        self._form.show_error(error)
        if not self.is_starting:
            self._line.say("")  # what went well before

    def _tell_outcome(self, words: str, style: str = "") -> None:
        self._outcome = words
        self._line.say(words, style)

    def _show_prepared(self, answer: asking.PreparedAnswer) -> None:
        meta, fields = answer.meta, self._form.fields
        name, tokens = one_line(meta.name), grouped(meta.train_tokens + meta.val_tokens)
        was = "is prepared" if answer.is_new else "was prepared already"
        line = f"{name} {was}: {tokens} tokens, vocabulary {grouped(meta.vocab_size)}"
        if answer.left_out:
            line += f"; left out as no texts: {len(answer.left_out)}"
        self._tell_outcome(line, "$success")
        self._shelf.look(mark=meta.name)
        fields.forget_name(meta.name)
        # Whoever has gone on to another text meanwhile is left alone.
        if fields.form == self._asked:
            if self._analysis is not None:
                self._show_analysis(replace(self._analysis, prepared_as=meta.name))
            self.action_leave()
        self.refresh_bindings()

    @property
    def _shelf(self) -> SetShelf:
        return self.query_one(SetShelf)

    @property
    def _form(self) -> NewSet:
        return self.query_one(NewSet)

    @property
    def _line(self) -> TaskLine:
        return self.query_one(TaskLine)

    @property
    def _title(self) -> str:
        source = self._form.fields.source
        return PurePath(source).name or source

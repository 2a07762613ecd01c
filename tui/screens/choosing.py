"""Choosing what to train: the gallery, tries of a few steps, and the form."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from ttgpt.engine import own_presets, presets
from ttgpt.engine.errors import TtgptError, UsageError
from ttgpt.engine.presets import Preset
from ttgpt.engine.runs.rundir import RunFolder

from ..form.draft import Draft
from ..messages import EditWanted
from ..plan import Plan, plan_of
from ..tryer import TryEnded, Tryer, TrySaid
from ..watching.facts import by_effort, describe_last_run
from ..widgets.train.gallery import Gallery
from ..widgets.train.preset_list import PresetList
from .config_form import ConfigForm
from .dialogs import Confirm
from .frame import app_of


class Choosing(Vertical):
    """The gallery with what it needs to read; posts what is to be started."""

    DEFAULT_CSS = """
    Choosing { height: 1fr; }
    Choosing Gallery { height: 1fr; }
    """

    class StartWithWanted(Message):
        """A preset is to be trained with some settings changed."""

        def __init__(self, preset: Preset, settings: dict[str, str]) -> None:
            super().__init__()
            self.preset = preset
            self.settings = settings

    def __init__(self) -> None:
        super().__init__()
        self.last_run: RunFolder | None = None
        """What `a` looks at."""
        self._drafts: dict[str, Draft] = {}
        """What the form made of the presets, by their names."""
        self._copies: dict[tuple[object, ...], Draft] = {}
        """What it made of the settings of runs, by what each began as."""
        self._form: ConfigForm | None = None

    def compose(self) -> ComposeResult:
        """Hold the gallery."""
        yield Gallery()

    def on_mount(self) -> None:
        """Make what tries."""
        self._tryer = Tryer(app_of(self).home, self)

    def on_unmount(self) -> None:
        """End a try that nobody waits for any more."""
        self._tryer.cancel()

    def take_focus(self) -> None:
        """Look around, and let the arrows act on the list."""
        self._look_around()
        self.query_one(Gallery).take_focus()

    def say(self, words: str) -> None:
        """Say what is being done; empty ends that."""
        self._say(f"{words} …" if words else "")

    def _say(self, sentence: str) -> None:
        self.query_one(Gallery).say(sentence)
        if self._form is not None:
            self._form.say(sentence)

    def started(self) -> None:
        """Leave the form: what it was for has begun."""
        if self._form is not None and self._form.is_current:
            self._form.dismiss()

    def open_form(self, message: EditWanted) -> None:
        """Show a configuration in the form, as it was left there if it was asked for before."""
        began = (message.preset.text, message.path, *sorted(message.settings.items()))
        if began not in self._copies:
            reference = _reference(app_of(self).home, message.preset, message.path)
            self._copies[began] = Draft(message.preset, reference, message.settings)
        self._show_form(self._copies[began])

    def on_gallery_edit_marked(self) -> None:
        """Show the marked preset in the form, as it was left there."""
        preset = self.query_one(Gallery).marked
        if preset is not None:
            draft = self._drafts.get(preset.name)
            if draft is None or draft.preset.text != preset.text:
                draft = self._drafts[preset.name] = Draft(preset, preset.name)
            self._show_form(draft)

    def on_preset_list_highlighted(self, message: PresetList.Highlighted) -> None:
        """Say what is known of the marked preset on this host."""
        self._read_plan(message.preset)

    def on_config_form_start_asked(self, message: ConfigForm.StartAsked) -> None:
        """Train the draft."""
        draft = message.draft
        self.post_message(self.StartWithWanted(draft.preset, dict(draft.changed)))

    def on_gallery_try_wanted(self) -> None:
        """Measure the marked preset."""
        preset = self.query_one(Gallery).marked
        if preset is not None:
            self._tryer.start(preset.config)
            self._show_trying(True)

    def on_config_form_try_asked(self, message: ConfigForm.TryAsked) -> None:
        """Measure the draft."""
        with contextlib.suppress(UsageError):  # the form has judged it already
            self._tryer.start(message.draft.config())
            self._show_trying(True)

    def on_config_form_try_cancelled(self) -> None:
        """End the try."""
        self.on_gallery_try_cancelled()

    def on_gallery_try_cancelled(self) -> None:
        """End the try."""
        self._tryer.cancel()
        self.say("ending the try after this step")

    def on_gallery_delete_wanted(self) -> None:
        """Ask back, then remove the marked preset of one's own."""
        preset = self.query_one(Gallery).marked
        if preset is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._delete(preset.name)

        then = "Its runs stay, with their own copies of it."
        self.app.push_screen(
            Confirm(f"Delete the preset {preset.name}?", then, yes="delete"), answered
        )

    def on_try_said(self, message: TrySaid) -> None:
        """Say how far the try is."""
        if self._tryer.is_busy:
            self._say(f"trying: {message.words} … Esc ends it")

    def on_try_ended(self, message: TryEnded) -> None:
        """Show what was measured."""
        self._show_trying(False)
        self.say("")
        if message.error is not None:
            app_of(self).show_error(message.error)
        self._look_around()

    def _show_trying(self, is_trying: bool) -> None:
        self.query_one(Gallery).is_trying = is_trying
        self.screen.refresh_bindings()
        if self._form is not None:
            self._form.show_try(is_trying=is_trying)

    def _show_form(self, draft: Draft) -> None:
        self._form = ConfigForm(draft, self)
        self._form.is_trying = self._tryer.is_busy

        def left(_: None) -> None:
            self._form = None
            self._look_around()  # a preset may have been saved

        self.app.push_screen(self._form, left)

    def _delete(self, name: str) -> None:
        try:
            own_presets.delete(app_of(self).home, name)
        except TtgptError as error:
            app_of(self).show_error(error)
        self._look_around()

    @work(exclusive=True, group="plan")
    async def _read_plan(self, preset: Preset) -> None:
        plan = await asyncio.to_thread(plan_of, app_of(self).home, preset.config)
        if self.query(Gallery):
            self.query_one(Gallery).explain(preset, plan)

    @work(exclusive=True, group="gallery")
    async def _look_around(self) -> None:
        found = await asyncio.to_thread(_look, app_of(self).home)
        if not self.query(Gallery):
            return
        gallery = self.query_one(Gallery)
        gallery.edited = {name: len(draft.changed) for name, draft in self._drafts.items()}
        gallery.show(found.presets, found.own, found.plans)
        self.last_run, words = found.last_run or (None, "")
        gallery.offer(words)
        self.screen.refresh_bindings()


@dataclass(frozen=True)
class _Found:
    presets: list[Preset]
    own: list[str]
    """Names of one's own."""
    plans: dict[str, Plan]
    last_run: tuple[RunFolder, str] | None
    """The newest run, and what came of it."""


def _look(home: Path) -> _Found:
    """Read the presets, one's own after the demo, and what they would take here."""
    shipped = by_effort(presets.load(name) for name in presets.names())
    own = own_presets.load_all(home)
    found = [*shipped[:1], *own, *shipped[1:]]
    plans = {preset.name: plan_of(home, preset.config) for preset in found}
    return _Found(found, [preset.name for preset in own], plans, describe_last_run(home))


def _reference(home: Path, preset: Preset, path: Path | None) -> str:
    """Name a preset for the command line: by its name where that still means the same."""
    try:
        if own_presets.find(home, preset.name).text == preset.text:
            return preset.name
    except TtgptError:
        pass
    return str(path) if path is not None else preset.name

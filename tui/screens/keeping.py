"""What the playground keeps in the home folder: texts, their history, prompts, own values."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual import work

from ttgpt.engine.errors import TtgptError

from ..play.history import Entry
from ..play.presets import SamplingPreset, delete_own, load_own, save_own
from ..saved_text import save_text, shortened
from ..widgets.play.checkpoint_table import CheckpointTable
from ..widgets.play.preset_choice import PresetChoice
from ..widgets.play.prompt import Prompt
from ..widgets.play.sampling_panel import SamplingPanel
from ..widgets.play.writing import Writing
from .ask import AskWords
from .history import HistoryScreen
from .prompt_picker import PromptPicker
from .remembering import RememberingScreen


class KeepingScreen(RememberingScreen):
    """A place with a prompt, sliders and a text, of which much is kept."""

    def on_mount(self) -> None:
        """Offer a person's own presets."""
        self.query_one(SamplingPanel).show_own(load_own(self.ttgpt.home))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what does something now."""
        if action == "copy":
            return self.query_one(Writing).text is not None
        if action == "prompts":
            return bool(self.query_one(CheckpointTable).choices)
        return True

    @work(exclusive=True, group="copy")
    async def action_copy(self) -> None:
        """Put the text into a file, and offer it to the clipboard."""
        writing = self.query_one(Writing)
        text, about = writing.plain, writing.text
        if about is None:
            return
        self.app.copy_to_clipboard(text)
        try:
            path = await asyncio.to_thread(
                save_text, self.ttgpt.home, about.file_name, text, about.origin
            )
        except TtgptError as error:
            writing.show_error(error)
        else:
            # Whether the terminal took it is never told: tmux and some terminals refuse silently.
            writing.say(f"Saved in {shortened(path)}. Also offered to the clipboard.")

    def action_prompts(self) -> None:
        """Choose a prompt."""
        prompt = self.query_one(Prompt)
        data = prompt.vocabulary.data if prompt.vocabulary is not None else None

        def take(text: str | None) -> None:
            if text is not None:
                prompt.text = text

        self.app.push_screen(PromptPicker(self.ttgpt.home, data, prompt.text), take)

    def action_history(self) -> None:
        """Look at what was written before, and take up its settings."""
        self.app.push_screen(HistoryScreen(), self._take_entry)

    def _take_entry(self, entry: Entry | None) -> None:
        """Set prompt, sliders and numbers as a text of the history had them."""
        if entry is None:
            return
        self.query_one(Prompt).text = entry.command.prompt
        self.query_one(SamplingPanel).take_command(entry.command)
        table = self.query_one(CheckpointTable)
        command = entry.command
        there = table.choose(command.checkpoint, entry.run, untrained=command.untrained)
        note = "Prompt and values are set; Enter writes it again."
        if not there:
            note = f"Its checkpoint, step {entry.step:,}, is not in the list any more."
        elif not command.checkpoint:
            note = "Values are set; the live weights have moved on, so it will differ."
        elif entry.changes or entry.earlier:
            note = "Values are set; it was changed or continued on its way, so it will differ."
        self.query_one(Writing).say(note)

    def on_preset_choice_keep_wanted(self) -> None:
        """Keep the sliders' values under a name."""

        def named(words: str | None) -> None:
            if words:
                self._change_own(save_own, words, self.query_one(SamplingPanel).sampling)

        self.app.push_screen(AskWords("A name for these values", yes="keep"), named)

    def on_preset_choice_forget_wanted(self, message: PresetChoice.ForgetWanted) -> None:
        """Forget an own preset."""
        self._change_own(delete_own, message.name)

    @work(group="own")
    async def _change_own(self, change: Callable[..., list[SamplingPreset]], *given: Any) -> None:
        try:
            own = await asyncio.to_thread(change, self.ttgpt.home, *given)
        except TtgptError as error:
            self.ttgpt.show_error(error)
        else:
            for panel in self.query(SamplingPanel):  # none when the app is closing
                panel.show_own(own)

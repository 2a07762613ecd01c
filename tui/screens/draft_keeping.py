"""What is kept of a draft: a preset of one's own, or the command that starts it."""

from __future__ import annotations

import asyncio

from textual import work

from ttgpt.engine import own_presets
from ttgpt.engine.errors import TtgptError, UsageError

from ..form.draft import Draft, train_command
from ..saved_text import save_text, shortened
from .ask import AskWords
from .dialogs import Shown
from .frame import FramedScreen


class DraftKeeping(FramedScreen):
    """The part of the form that keeps what was made there."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft

    def say(self, words: str) -> None:
        """Say what was done; empty ends that."""
        raise NotImplementedError

    def _is_right(self) -> bool:
        """Say whether the draft can be trained, and lead to what is wrong where it cannot."""
        raise NotImplementedError

    def action_save(self) -> None:
        """Keep these settings as a preset of one's own."""
        if not self._is_right():
            return
        home = self.ttgpt.home
        own = self.draft.preset.name in own_presets.names(home)
        question = AskWords(
            "Save as my preset",
            "It is listed among the presets, also by `ttgpt-tui presets`.",
            words=self.draft.preset.name if own else f"my-{self.draft.preset.name}",
            yes="save",
            problem_of=self._name_problem,
        )
        self.app.push_screen(question, self._save_as)

    @work(exclusive=True, group="copy")
    async def action_copy(self) -> None:
        """Show the command that starts this run; also keep it, and offer it to the clipboard."""
        home = self.ttgpt.home
        command = self.draft.command(home)
        self.app.copy_to_clipboard(command)
        try:
            path = await asyncio.to_thread(save_text, home, "command", command, "made by the form")
        except TtgptError as error:
            self.ttgpt.show_error(error)
            return
        # Whether the terminal took it is never told: tmux and some terminals refuse silently.
        about = f"Saved in {shortened(path)}\nAlso offered to the clipboard."
        self.app.push_screen(Shown("The command for this run", command, about))

    def _save_as(self, name: str | None) -> None:
        if name is None:
            return
        home = self.ttgpt.home
        try:
            own_presets.save(home, name, self.draft.config(), self.draft.preset)
        except TtgptError as error:
            self.ttgpt.show_error(error)
        else:
            self.say(f"Saved. Without the app: {train_command([name], home)}")

    def _name_problem(self, name: str) -> str:
        try:
            own_presets.check_name(self.ttgpt.home, name)
        except UsageError as error:
            return f"{error.what} {error.next_step}"
        if name != self.draft.preset.name and name in own_presets.names(self.ttgpt.home):
            return f"You have a preset {name!r} already. Choose another name."
        return ""

"""Doctor: whether this host can train, and if not, the one next step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from textual import work
from textual.binding import Binding

from ttgpt.engine.errors import TtgptError

from ..doctor import words
from ..doctor.board import VIEWS
from ..doctor.keep import keep_command, keep_report
from ..saved_text import shortened
from ..widgets.doctor.cards_panel import CardsPanel
from ..widgets.doctor.finding_detail import FindingDetail
from ..widgets.doctor.finding_list import FindingList
from .dialogs import Confirm
from .examining import ExaminingScreen
from .glyph_test import GlyphTest
from .worker_form import WorkerForm

_Answer = TypeVar("_Answer")


class DoctorScreen(ExaminingScreen):
    """What the keys do."""

    PLACE = "Doctor"
    HELP = (
        "Whether this host can train, and if not, the one next step. The checks read files and "
        "ask short-lived programs; none of them opens a card, so they may run beside a job. Only "
        "the deep check opens it, and only after asking.\n"
        "Without a card training runs on the CPU, and everything else works as it is."
    )
    CSS_PATH = "doctor.tcss"
    BINDINGS = [
        Binding("escape", "back", "back", key_display="Esc", tooltip="Back to the list"),
        Binding("escape", "stop", "stop", key_display="Esc", tooltip="Stop what is under way"),
        Binding("enter", "read", "read", show=False, key_display="Enter", tooltip="Read it whole"),
        Binding("r", "again", "again", tooltip="Run this check again"),
        Binding("R", "all", "all", tooltip="Run all checks again"),
        Binding("d", "deep", "deep check", tooltip="Open the card, after asking"),
        Binding("a", "apply", "apply", tooltip="Set what this check proposes"),
        Binding("y", "copy", "copy command", tooltip="Copy the command, and keep it"),
        Binding("w", "report", "report", tooltip="Write a report into a file"),
        Binding("c", "cards", "cards", tooltip="Only the cards, or the checks"),
        Binding("e", "worker", "worker", tooltip="The worker's environment"),
        Binding("f", "fold", "fold", tooltip="List families, answers, all"),
        Binding("m", "markers", "glyphs", tooltip="Try which glyphs can be seen"),
        Binding("x", "reset", "reset", tooltip="Reset the cards, after asking"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what does something now."""
        if not self.is_mounted:
            return False
        finding, free, cards = self._finding, not self._is_busy, bool(self._cards)
        offered = {
            "back": self._is_zoomed,
            "stop": self._is_busy and not self._is_zoomed,
            "read": finding is not None and not self._is_zoomed,
            "again": free and self._marked_id in self._normal | self._deep,
            "all": free,
            "deep": free and cards,
            "reset": free and cards,
            "apply": free and finding is not None and bool(finding.apply),
            "copy": finding is not None and bool(finding.command),
            "report": bool(self._board.findings),
            "cards": cards,
        }
        return offered.get(action, True)

    def action_back(self) -> None:
        """Go back to the list."""
        self._zoom("", FindingList)

    def action_read(self) -> None:
        """Give the finding all the room."""
        self._zoom("-reading", FindingDetail)

    def action_cards(self) -> None:
        """Give the cards all the room, or take it back."""
        if self.has_class("-cards"):
            self.action_back()
        else:
            self._zoom("-cards", CardsPanel)

    def action_fold(self) -> None:
        """Choose how much is listed."""
        self._chosen_view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
        self._draw()

    def action_stop(self) -> None:
        """End what is under way."""
        self._under_way.stop()

    def action_again(self) -> None:
        """Run the marked check again, a deep one after asking."""
        if self._marked_id in self._deep:
            self._open_card([self._marked_id])
        else:
            self._examine([self._marked_id])

    def action_all(self) -> None:
        """Run all checks again."""
        self._examine()

    def action_deep(self) -> None:
        """Run all checks, and open the card, after asking."""
        self._open_card()

    def _open_card(self, only: Collection[str] | None = None) -> None:
        """Open the card, after asking; not while somebody has it."""
        holders = words.holders_of(self._cards)
        if holders:
            self.ttgpt.show_error(words.held(holders))
            return
        question = Confirm("Open the card?", words.ABOUT_DEEP, yes="open it")
        self._if_yes(question, lambda: self._examine(only, deep=True))

    @work(exclusive=True, group="ask")
    async def action_reset(self) -> None:
        """Say what a reset would run, and run it when that is wanted."""
        plan = await self._answer(self._source.plan_reset)
        if plan is None:
            return
        if plan.refused is not None:
            self.ttgpt.show_error(plan.refused)
        elif await self._is_wanted("Reset the cards?", words.about_reset(plan.command), "reset"):
            self._reset(plan)

    @work(exclusive=True, group="ask")
    async def action_apply(self) -> None:
        """Save what the finding proposes, after showing it."""
        finding = self._finding
        if finding is None or not finding.apply:
            return
        question = words.about_to_set(finding.apply)
        if await self._is_wanted("Set this?", question, "save") and await self._save(finding.apply):
            self._examine([finding.id])

    @work(exclusive=True, group="ask")
    async def action_markers(self) -> None:
        """Let eyes choose the glyphs."""
        chosen = await self.app.push_screen_wait(GlyphTest(self.ttgpt.settings.glyphs))
        if chosen is not None and await self._save({"marker": chosen}):
            self._say(f"Saved: {chosen} glyphs, here from the next start on.")

    @work(exclusive=True, group="ask")
    async def action_worker(self) -> None:
        """Show and change what the worker is started with."""
        draft = await self._answer(self._source.worker_draft)
        if draft is None:
            return
        changes = await self.app.push_screen_wait(WorkerForm(draft))
        if changes and await self._save(changes):
            self._examine()

    def action_copy(self) -> None:
        """Offer the command to the clipboard, and keep it in a file."""
        if self._finding is not None:
            self.app.copy_to_clipboard(self._finding.command)
            keep = partial(keep_command, self.ttgpt.home, self._finding.command)
            # Whether the terminal took it is never told: tmux and some terminals refuse silently.
            self._keep(keep, "Saved in {}. Also offered to the clipboard.")

    def action_report(self) -> None:
        """Write what was found into a file."""
        findings, cards = self._board.findings, self._cards

        def keep() -> Path:
            return keep_report(self.ttgpt.home, self._source.report(findings, cards))

        self._keep(keep, "Report saved in {}.")

    @property
    def _is_zoomed(self) -> bool:
        return self.has_class("-reading") or self.has_class("-cards")

    def _zoom(self, name: str, focused: type[FindingList | FindingDetail | CardsPanel]) -> None:
        self.remove_class("-reading", "-cards")
        if name:
            self.add_class(name)
        self.query_one(focused).focus()
        self.refresh_bindings()

    async def _is_wanted(self, question: str, explanation: str, yes: str) -> bool:
        confirm = Confirm(question, explanation, yes=yes)
        answer: bool | None = await self.app.push_screen_wait(confirm)
        return bool(answer)

    @work(exclusive=True, group="keep")
    async def _keep(self, keep: Callable[[], Path], told: str) -> None:
        path = await self._answer(keep)
        if path is not None:
            self._say(told.format(shortened(path)))

    async def _save(self, values: Mapping[str, str]) -> bool:
        settings = await self._answer(partial(self._source.save, values))
        if settings is None:
            return False
        self.ttgpt.settings = settings
        return True

    async def _answer(self, ask: Callable[[], _Answer]) -> _Answer | None:
        """Ask in a thread; what goes wrong is shown, and is no answer."""
        try:
            return await asyncio.to_thread(ask)
        except TtgptError as error:
            self.ttgpt.show_error(error)
            return None

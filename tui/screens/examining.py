"""The half of the Doctor screen that looks: checks and cards come in from threads and are drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from functools import partial

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical

from ttgpt.engine.doctor.cards import Card
from ttgpt.engine.doctor.finding import Finding
from ttgpt.engine.doctor.reset import Reset
from ttgpt.engine.errors import TtgptError

from ..doctor import words
from ..doctor.background import Background
from ..doctor.beat import Beats
from ..doctor.board import Board, Row, View, listed
from ..doctor.news import CardsRead, Examined, Found, Refused, ResetDone, ResetSaid
from ..doctor.source import Source
from ..widgets.doctor.cards_panel import CardsPanel
from ..widgets.doctor.finding_detail import FindingDetail
from ..widgets.doctor.finding_list import FindingList
from ..widgets.doctor.verdict_view import VerdictView
from .frame import EVEN_HIGH, TALL, FramedScreen

_LOOK_AT_CARDS = 1.0
"""Seconds between two looks at the cards; only while this screen is shown."""

_LIST_SHARE = 0.7
"""What the list gets of a tall screen, as the style sheet has it."""
_MOST_OF_CARDS, _AROUND = 9, 9
"""Lines that the cards take at most, and those of the frame and the verdict."""


class ExaminingScreen(FramedScreen):
    """A verdict, the checks by family, the marked one in full, and the cards."""

    LEAVING = ("A card is being reset.", "It goes on; what becomes of it is not told then.")

    def __init__(self) -> None:
        super().__init__()
        self._under_way, self._look = Background(self), Background(self)
        self._board = Board(())
        self._normal: set[str] = set()
        self._deep: set[str] = set()
        self._is_busy = self._is_resetting = False
        self._chosen_view: View | None = None
        self._beats = Beats()
        self._cards: Sequence[Card] = ()
        self._headline: words.Headline | None = None
        self._refusal: words.Headline | None = None

    def compose_body(self) -> ComposeResult:
        """Lay the parts out."""
        with Vertical(id="doctor"):
            yield VerdictView()
            with Container(id="findings"):
                yield FindingList()
                yield FindingDetail(ascii_only=self.ttgpt.settings.ascii_only)
            yield CardsPanel()

    def on_mount(self) -> None:
        """Begin to look."""
        self._source = Source(self.ttgpt.home)
        self._board = Board(self._source.checks())
        self._normal = {check.id for check in self._source.checks()}
        self._deep = {check.id for check in self._source.deep_checks()}
        self._clock = self.set_interval(_LOOK_AT_CARDS, self._look_at_cards, pause=True)
        self.query_one(FindingList).focus()
        self._examine()

    def on_screen_resume(self) -> None:
        """Look at the cards while they are in sight."""
        self._look_at_cards()
        self._clock.resume()

    def on_screen_suspend(self) -> None:
        """Look no longer."""
        self._clock.pause()

    def on_resize(self, event: events.Resize) -> None:
        """Say as much as there is room for."""
        self._draw()

    async def on_unmount(self) -> None:
        """Let go of probes under way."""
        self._under_way.leave()

    @property
    def is_starting(self) -> bool:
        """Whether a card is being reset."""
        return self._is_resetting

    @property
    def _view(self) -> View:
        if self._chosen_view is not None:
            return self._chosen_view
        # Counted, not measured: what the cards take is laid out only after this is drawn.
        of_cards = 1 + min(_MOST_OF_CARDS, 2 + len(self._cards)) if self._cards else 0
        room = int((self.size.height - _AROUND - of_cards) * _LIST_SHARE)
        fits = len(listed(self._board.rows, "answered")) <= room
        return "answered" if fits and self.size.height >= TALL else "folded"

    @property
    def _marked(self) -> Row | None:
        return self.query_one(FindingList).marked

    @property
    def _marked_id(self) -> str:
        return self._marked.id if self._marked is not None else ""

    @property
    def _finding(self) -> Finding | None:
        return self._marked.finding if self._marked is not None else None

    def _examine(
        self,
        only: Collection[str] | None = None,
        *,
        deep: bool = False,
        after_reset: bool = False,
    ) -> None:
        """Run checks: all, or some by their ids; what a reset came to outlives the first pass."""
        run = partial(self._source.examine, only=only, deep=deep)
        if self._under_way.begin(run, last=Examined()):
            self._is_busy, self._refusal = True, None
            if only is None and not after_reset:
                self._board.forget_others()
            self._board.begin(only)
            if only is None:
                self._headline = None
                self.query_one(FindingList).lead()
            self._say("")
            self._draw()

    def _reset(self, plan: Reset) -> None:
        run = partial(self._source.reset, plan=plan)
        if self._under_way.begin(run, last=Examined()):
            self._is_busy = self._is_resetting = True
            self._say("resetting")
            self._draw()

    def on_found(self, message: Found) -> None:
        """Show a finding as soon as it is known."""
        self._board.take(message.finding)
        self._draw()

    def on_examined(self) -> None:
        """Sum up, and after a reset look at everything again."""
        self._is_busy = False
        self._board.end()
        if self._is_resetting:
            self._is_resetting = False
            self._examine(after_reset=True)
        else:
            self._sum_up()

    def on_reset_said(self, message: ResetSaid) -> None:
        """Say how far the reset is."""
        self._say(message.words)

    def on_reset_done(self, message: ResetDone) -> None:
        """Show what became of the cards."""
        self._board.take(message.finding)
        for findings in self.query(FindingList):  # none when the app is closing
            findings.lead(message.finding.id)

    def on_refused(self, message: Refused) -> None:
        """Say why there was no reset, or at the place of the verdict why there is none."""
        if self._is_resetting:
            self.ttgpt.show_error(message.error)
        else:
            self._refusal = words.refusal(message.error)

    def on_cards_read(self, message: CardsRead) -> None:
        """Show the cards."""
        if not self.still_has(CardsPanel):
            return
        self._beats.look(message.cards, message.now)
        came_or_went = len(self._cards) != len(message.cards)
        self._cards = message.cards
        self.query_one(CardsPanel).show(message.cards, self._beats.word)
        if came_or_went:
            self.set_class(bool(message.cards), "-has-cards")
            self._draw()
            if not message.cards and self.has_class("-cards"):
                self.remove_class("-cards")
                self.query_one(FindingList).focus()
            self.refresh_bindings()

    def on_finding_list_highlighted(self, message: FindingList.Highlighted) -> None:
        """Show the marked finding in full, and the keys that act on it."""
        if not self._is_busy:
            self._say("")
        self.query_one(FindingDetail).show(message.row)
        self.refresh_bindings()

    def _look_at_cards(self) -> None:
        self._look.begin(lambda post, cancel: post(self._source.look_at_cards()))

    @work(exclusive=True, group="verdict")
    async def _sum_up(self) -> None:
        if all(row.finding is not None for row in self._board.rows):
            try:
                has_run = self.ttgpt.run_watch is not None
                self._headline = await asyncio.to_thread(
                    self._source.headline, self._board.findings, has_run=has_run
                )
            except TtgptError as error:
                self._refusal = words.refusal(error)
            # The room that no problem needs goes to the cards.
            self.set_class(self._board.first_problem is None, "-well")
        self._draw()

    def _draw(self) -> None:
        if not self.still_has(FindingList):
            return
        counts, rows = self._board.counts, listed(self._board.rows, self._view)
        self.query_one(FindingList).show(rows, self._board.first_problem)
        self.query_one(VerdictView).show(
            self._refusal or self._headline or words.progress(counts),
            counts,
            words.left_out(counts, self._view),
            is_brief=self.size.height < EVEN_HIGH,
        )
        self.refresh_bindings()

    def _say(self, news: str) -> None:
        for view in self.query(VerdictView):  # none when the app is closing
            view.say(news)

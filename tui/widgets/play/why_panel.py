"""Why this token: asks the worker for the chances at the cursor, and shows them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from ttgpt.engine.commands import Inspect
from ttgpt.engine.errors import TtgptError

from ...format import one_line, visible
from ...play.session import ADJUST_PERIOD, PlaySession
from ...play.text import PlayText
from ...play.written import Piece
from ...sampling import Sampling
from .probability_bars import ProbabilityBars

_COUNT = 24


class WhyPanel(Vertical):
    """A heading with the text before the cursor, the bars, and what the colours mean.

    Args:
        session: Whom to ask.
        ascii_only: Draw with ASCII characters.
    """

    HELP = (
        "What the model thought at the cursor. A tick on the bar is the model's own chance, the "
        "bar what the sliders make of it, also when they are moved now; cut names the slider that "
        "took a token out. Entropy is the choice that is left: 0 is none.\n"
        "In the text, tokens are marked by how unlikely the model held them."
    )

    DEFAULT_CSS = """
    WhyPanel { height: 1fr; }
    WhyPanel > .why--line { height: 1; }
    WhyPanel > .why--legend { height: 1; }
    """

    def __init__(self, session: PlaySession, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._session = session
        self._heading = Static("", classes="why--line", markup=False)
        self._bars = ProbabilityBars(ascii_only=ascii_only)
        self._legend = Static("", classes="why--legend")
        self._asked: tuple[Inspect, Path | None] | None = None
        self._is_asking = False

    def compose(self) -> ComposeResult:
        """Put the parts below each other."""
        yield self._heading
        yield self._bars
        yield self._legend

    def show(self, text: PlayText, pieces: list[Piece], place: int, sampling: Sampling) -> None:
        """Show the chances of one of a text's tokens, with the sliders as they stand."""
        command = text.command
        inspect = Inspect(
            text=command.prompt,
            checkpoint=command.checkpoint,
            ids=tuple(piece.id for piece in pieces[:place]),
            drawn=pieces[place].id,
            temperature=sampling.temperature,
            top_k=sampling.top_k,
            top_p=sampling.top_p,
            repetition_penalty=sampling.repetition_penalty,
            untrained=command.untrained,
            backend=command.backend,
            live_step=-1 if command.checkpoint or text.step is None else text.step,
            count=_COUNT,
        )
        asked = (inspect, text.choice.trained_by)
        if asked == self._asked:
            return
        self._asked = asked
        before = command.prompt + "".join(piece.text for piece in pieces[:place])
        self._show_heading(before)
        if not self._is_asking:
            self._is_asking = True
            self.run_worker(self._ask_newest(), group="why")

    def clear(self) -> None:
        """Show nothing."""
        self._asked = None
        self._heading.update("")
        self._legend.update("")
        self._bars.clear()

    async def _ask_newest(self) -> None:
        """Ask one after the other: of the places that a cursor runs over only the last counts."""
        answered = None
        try:
            while self._asked is not None and self._asked != answered:
                answered = self._asked
                await self._ask(*answered)
                await asyncio.sleep(ADJUST_PERIOD)
        finally:
            self._is_asking = False

    async def _ask(self, inspect: Inspect, trained_by: Path | None) -> None:
        try:
            found = await self._session.explain(inspect, trained_by)
        except TtgptError as error:
            if self._asked == (inspect, trained_by):
                self._bars.clear()
                self._legend.update(Content.styled(visible(error.what), "$error"))
            return
        if self._asked == (inspect, trained_by):
            self._bars.show(found, inspect.drawn)
            self._legend.update(_legend())

    def _show_heading(self, before: str) -> None:
        room = max(1, self.size.width - len("after "))
        tail = one_line(before[-room:])[-room:]
        self._heading.update(Content.assemble(("after ", "dim"), tail))


def _legend() -> Content:
    return Content.assemble(
        ("<.5", "$success"), " ", ("<.1", "$warning underline"), " ",
        ("<.01", "bold underline $error"), (" of chance", "dim"),
    )  # fmt: skip

"""One of the texts that are compared: its values, then the text as it comes."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from ttgpt.engine.commands import Generate

from ...play.choices import Choice, read_vocabulary
from ...play.columns import Column
from ...play.session import PlaySession
from ...play.text import PlayText
from ...sampling import Sampling
from ..lines import FOCUSED
from ..scale import CountOrOff, Linear
from .checkpoint_line import cut_name
from .token_stream import TokenStream
from .writing import Writing

_TOP_K_UNKNOWN = 100
"""How far top-k goes until the vocabulary is read."""

_TEMPERATURE, _TOP_P = Linear(0, 2, 0.1, 0.5), Linear(0, 1, 0.05, 0.25)


class CompareColumn(Vertical, can_focus=True):
    """A column that can be steered with letters while it has the focus.

    Args:
        column: What it begins as.
        choices: What can write.
        session: Where its text comes from.
        period: Seconds between two repaints.
    """

    HELP: ClassVar[str] = (
        "Up and down choose what writes here. t and T make the temperature lower and higher, "
        "k and K top-k, p and P top-p; also while it writes. A star beside the values: the text "
        "below is not by these; Enter writes it."
    )

    DEFAULT_CSS = """
    CompareColumn { width: 1fr; padding: 0 1; }
    CompareColumn > .column--head { height: 2; text-wrap: nowrap; text-overflow: clip; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", "checkpoint", key_display="↑↓", tooltip="The one above"),
        Binding("down", "choose(1)", "checkpoint", show=False, tooltip="The one below"),
        Binding("t", "temperature(-1)", "temp.", key_display="tT", tooltip="Temperature down"),
        Binding("T", "temperature(1)", "temp.", show=False, tooltip="Temperature up"),
        Binding("k", "top_k(-1)", "top-k", key_display="kK", tooltip="Top-k down"),
        Binding("K", "top_k(1)", "top-k", show=False, tooltip="Top-k up"),
        Binding("p", "top_p(-1)", "top-p", key_display="pP", tooltip="Top-p down"),
        Binding("P", "top_p(1)", "top-p", show=False, tooltip="Top-p up"),
        Binding("pageup", "page(-1)", "read up", key_display="PgUp", tooltip="Scroll the text up"),
        Binding(
            "pagedown", "page(1)", "read down", key_display="PgDn", tooltip="Scroll the text down"
        ),
    ]

    class Changed(Message):
        """It has other values, or its text began or ended."""

    def __init__(
        self,
        column: Column,
        choices: Sequence[Choice],
        session: PlaySession,
        *,
        period: float,
    ) -> None:
        super().__init__()
        self.column = column
        self.choices = choices
        self._top_k = CountOrOff(_TOP_K_UNKNOWN)
        self._head = Static("", classes="column--head")
        self._written: Column | None = None
        self.writing = Writing(session, period=period)

    @property
    def copied(self) -> str:
        """Its text below what wrote it, which the head need not be any more; else empty."""
        text = self.writing.text
        if text is None or not self.writing.written.pieces:
            return ""
        wrote = Column(text.choice, Sampling.of(text.command))
        if text.choice.is_live and text.step is not None:
            wrote = wrote.of_step(text.step)
        heads = [f"{wrote.title}, {wrote.sampling.in_a_line}, seed {text.seed}", *text.changes]
        return "\n".join([*(f"--- {head} ---" for head in heads), self.writing.plain])

    def compose(self) -> ComposeResult:
        """Put the head above the text."""
        yield self._head
        yield self.writing

    def on_mount(self) -> None:
        """Find out how far top-k goes."""
        self._read_vocabulary(self.column.choice)

    def on_resize(self) -> None:
        """Show what it is, as far as there is room."""
        self._show()

    def write(self, base: Generate, seed: int, live_step: int | None = None) -> None:
        """Begin its text, of its live weights with those of a step that the worker holds."""
        command = self.column.command(base, seed)
        if live_step is not None:
            self.take(self.column.of_step(live_step))
            command = dataclasses.replace(command, live_step=live_step)
        self._written = self.column
        self.writing.write(PlayText(self.column.choice, command))

    def take(self, column: Column) -> None:
        """Be another column."""
        if column.choice.key != self.column.choice.key:
            self._read_vocabulary(column.choice)
        self.column = column
        self._show()
        self.post_message(self.Changed())

    def on_focus(self) -> None:
        """Mark the head."""
        self._show()

    def on_blur(self) -> None:
        """Unmark it."""
        self._show()

    def on_writing_changed(self) -> None:
        """Tell the parent."""
        self._show()
        self.post_message(self.Changed())

    def action_choose(self, steps: int) -> None:
        """Let another checkpoint write here."""
        keys = [choice.key for choice in self.choices]
        if self.column.choice.key in keys:
            place = (keys.index(self.column.choice.key) + steps) % len(keys)
            self.take(dataclasses.replace(self.column, choice=self.choices[place]))

    def action_temperature(self, steps: int) -> None:
        """Change the temperature."""
        value = _TEMPERATURE.moved(self.column.sampling.temperature, steps)
        self._turn(dataclasses.replace(self.column.sampling, temperature=value))

    def action_top_k(self, leaps: int) -> None:
        """Change top-k."""
        value = round(self._top_k.leapt(self.column.sampling.top_k, leaps))
        self._turn(dataclasses.replace(self.column.sampling, top_k=value))

    def action_top_p(self, steps: int) -> None:
        """Change top-p."""
        value = _TOP_P.moved(self.column.sampling.top_p, steps)
        self._turn(dataclasses.replace(self.column.sampling, top_p=value))

    def action_page(self, pages: int) -> None:
        """Scroll the text."""
        stream = self.query_one(TokenStream)
        stream.scroll_relative(y=pages * max(1, stream.size.height - 1), animate=False)

    @work(exclusive=True, group="vocabulary")
    async def _read_vocabulary(self, choice: Choice) -> None:
        vocabulary = await asyncio.to_thread(read_vocabulary, choice)
        if vocabulary is not None:
            self._top_k = CountOrOff(vocabulary.tokenizer.vocab_size)

    def _turn(self, sampling: Sampling) -> None:
        self.take(dataclasses.replace(self.column, sampling=sampling))
        if self.writing.is_writing:
            self._written = self.column
            self.writing.adjust(sampling)
            self._show()

    def _show(self) -> None:
        style, width = FOCUSED if self.has_focus else "bold", self.size.width
        figures = self.column.figures
        room = max(1, width - len(figures) - 1)
        name = cut_name(self.column.choice.name, room).rstrip()
        marks = ""
        for mark in self.column.choice.marks if not self.column.choice.untrained else ():
            longer = f"{marks} {mark}"
            marks = longer if len(f"{name} {figures}{longer}") <= width else marks
        head = Content.assemble((f"{name} {figures}", style), (marks, "dim"))
        self._head.update(Content("\n").join([head, self._values(width)]))

    def _values(self, width: int) -> Content:
        values, note = self.column.values, ""
        if len(values) > width:
            values = values.replace("T ", "T").replace(" k ", " k").replace(" p ", " p")
        if self._written not in (None, self.column):
            long, short = "  not written yet", " *"
            note = long if len(values) + len(long) <= width else short
        return Content.assemble(values, (note, "$warning"))

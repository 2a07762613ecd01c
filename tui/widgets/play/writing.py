"""A text that is being written: who writes, the text itself, and how it comes along."""

from __future__ import annotations

import math
import time
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer

from ttgpt.engine.commands import Chunk
from ttgpt.engine.errors import TtgptError

from ...play.session import PlaySession, Told
from ...play.text import PlayText
from ...play.written import WrittenText
from ...sampling import Sampling
from ..rule_label import RuleLabel
from .play_line import PlayLine
from .token_stream import TokenStream


class Writing(Vertical):
    """Writes one text at a time and shows it.

    Args:
        session: Where the text comes from.
        period: Seconds between two repaints.
    """

    class Changed(Message):
        """A text began or ended, or a value was changed on its way."""

    class Counted(Message):
        """More of the text was painted, and its figures with it."""

        def __init__(self, slowdown: float | None) -> None:
            super().__init__()
            self.slowdown = slowdown

    class Ended(Message):
        """A text is complete, was stopped, or broke off after some of it had come."""

        def __init__(self, writing: Writing, text: PlayText, samples: list[str]) -> None:
            super().__init__()
            self.writing = writing
            self.text = text
            self.samples = samples

    def __init__(self, session: PlaySession, *, period: float) -> None:
        super().__init__()
        self.text: PlayText | None = None
        """The text under way, or the last one."""
        self.samples = [WrittenText()]
        """What was written, one for each sample."""
        self.shown = 0
        """Which of the samples is in view."""
        self.session = session
        self._rule = RuleLabel()
        self._stream = TokenStream(period=period)
        self._line = PlayLine(home=session.home)
        self._period = period
        self._ticker: Timer | None = None
        self._is_writing = False
        self._waits_for = ""
        self._waits_since = -math.inf

    def compose(self) -> ComposeResult:
        """Put the parts below each other."""
        yield self._rule
        yield self._stream
        yield self._line

    def on_mount(self) -> None:
        """Be ready to count the seconds of waiting."""
        self._ticker = self.set_interval(self._period, self._show_wait, pause=True)

    async def on_unmount(self) -> None:
        """Hang up."""
        await self.session.close()

    @property
    def is_writing(self) -> bool:
        """Whether a text is under way."""
        return self._is_writing

    @property
    def written(self) -> WrittenText:
        """The sample in view."""
        return self.samples[self.shown]

    @property
    def plain(self) -> str:
        """The prompt and what was written after it; of several samples, all of them."""
        parts = [self._stream.prompt + sample.text for sample in self.samples]
        if len(parts) == 1:
            return parts[0]
        heads = [f"--- {number} of {len(parts)} ---\n" for number in range(1, len(parts) + 1)]
        return "\n\n".join(head + part for head, part in zip(heads, parts, strict=True))

    def write(self, text: PlayText) -> None:
        """Begin a text, unless one is under way."""
        if not self._is_writing:
            self._begin(text)
            self.run_worker(self._write(text), group="write", exclusive=True)

    def adjust(self, sampling: Sampling) -> None:
        """Draw what comes with other values."""
        self.session.adjust(sampling)

    def stop(self) -> None:
        """End the text under way; what is written stays."""
        self.session.stop()
        self._wait("stopping")

    def show_next_sample(self) -> None:
        """Bring the next of several samples into view."""
        self.shown = (self.shown + 1) % len(self.samples)
        self._stream.begin(self._stream.prompt, self.written.pieces, self.written.marks)
        if not self._is_writing:
            self._stream.end()
        self._show_title()

    def say(self, what: str) -> None:
        """Say something below the text."""
        self._line.say(what)

    def show_error(self, error: TtgptError) -> None:
        """Say below the text what went wrong."""
        self._line.show_error(error)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Mark the text's heading while the arrows scroll the text."""
        self._rule.is_marked = True

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Unmark it."""
        self._rule.is_marked = False

    async def _write(self, text: PlayText) -> None:
        told = Told(self._reached, self._held, self._came, self._adjusted)
        try:
            result = await self.session.write(text.command, told, text.choice.trained_by)
        except TtgptError as error:
            self.show_error(error)
            self._tell_ended(text)
        else:
            self._show_result(text, result)
            self._tell_ended(text)
        finally:
            self._end()

    def _begin(self, text: PlayText) -> None:
        self.text, self._is_writing = text, True
        self.samples = [WrittenText(text.earlier) for _ in range(text.command.num_samples)]
        self.shown = 0
        self._show_title()
        self._stream.begin(text.command.prompt, text.earlier)
        self._wait("reaching a worker")
        self._tick(True)
        self.post_message(self.Changed())

    def _end(self) -> None:
        self._is_writing, self._waits_for = False, ""
        self._tick(False)
        self._stream.end()
        self.post_message(self.Changed())

    def _reached(self, run: Path | None) -> None:
        self._wait("waiting for the first token")

    def _held(self, step: int) -> None:
        if self.text is not None:
            self.text.held(step)
            self._show_title()

    def _came(self, chunk: Chunk) -> None:
        self._waits_for = ""
        pieces = self.samples[chunk.sample].add(chunk)
        if chunk.sample == self.shown:
            self._stream.add(pieces)

    def _adjusted(self, old: Sampling, new: Sampling) -> None:
        progress = self.session.progress
        if self.text is None or progress is None:
            return
        if self.text.changed(progress.tokens, old, new, time.monotonic()):
            for sample in self.samples:
                sample.mark()
            self._stream.mark()
        self.post_message(self.Changed())

    def _show_result(self, text: PlayText, result: dict[str, object] | None) -> None:
        progress = self.session.progress
        if result is None or progress is None:
            self.say("stopped")
            return
        text.told(result)
        self._show_title()
        self._line.show_result(result, progress)

    def _tell_ended(self, text: PlayText) -> None:
        if any(len(sample.pieces) > len(text.earlier) for sample in self.samples):
            self.post_message(self.Ended(self, text, [sample.text for sample in self.samples]))

    def _show_title(self) -> None:
        many = len(self.samples)
        which = f"  {self.shown + 1} of {many}" if many > 1 else ""
        self._rule.label = (self.text.title if self.text is not None else "") + which

    def on_token_stream_painted(self, message: TokenStream.Painted) -> None:
        """Count on in the same frame in which the text grows."""
        message.stop()
        progress = self.session.progress
        if self._is_writing and not self._waits_for and progress is not None:
            self._line.show_progress(progress)
            self.post_message(self.Counted(progress.slowdown))

    def _show_wait(self) -> None:
        if self._waits_for:
            self._line.waits(self._waits_for, time.monotonic() - self._waits_since)

    def _tick(self, on: bool) -> None:
        if self._ticker is not None:
            (self._ticker.resume if on else self._ticker.pause)()

    def _wait(self, what: str) -> None:
        self._waits_for, self._waits_since = what, time.monotonic()
        self._show_wait()

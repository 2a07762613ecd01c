"""Follow one run: its events as they are written, and whether its worker still lives."""

from __future__ import annotations

import math
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ttgpt.engine.errors import TtgptError
from ttgpt.engine.runs.event_log import unreadable
from ttgpt.engine.runs.rundir import RunFolder, RunInfo

from ..last_words import last_words
from .feed import Feed, Item, Past
from .preview import read_preview
from .state import ENDED, Notice, RunState
from .watchdog import Watchdog

_CHECK_EVERY = 2.0
"""Seconds between two looks at the worker's lock."""
_BLOCK = 1 << 18


@dataclass(frozen=True)
class News:
    """What one reading found."""

    items: Sequence[Item]
    past: Past | None = None
    """What an index told, at the first reading."""
    preview: RunState | None = None
    """A long past in short, at the first reading where there is no index."""
    end: str | None = None
    """Why the worker is gone, when it is and has not said so itself."""
    last_word: str = ""
    """How it ended by its run.json, where no event that can be read says it."""
    trouble: str = ""
    """What the disk said, where the run cannot be read now."""


class RunWatch:
    """A run folder with the state that its events add up to."""

    def __init__(self, run: RunFolder, process: subprocess.Popen[bytes] | None = None) -> None:
        """Watch a run.

        Args:
            run: The run.
            process: Its worker where this process has just started it; tells an early end sooner.
        """
        self.run = run
        self.info: RunInfo = run.info()
        self.state = RunState()
        """What is known of the run; of a long past at first only an outline."""
        self._exact = self.state
        """What the events that were read one after the other add up to."""
        self._process = process
        if process is not None:
            self.state.starting(time.time())
        self.watchdog = Watchdog()
        self.feed = Feed(run.events)
        self._is_begun = False
        self._next_check = -math.inf
        self._caught_up = False
        self._trouble = ""

    def starting(self, process: subprocess.Popen[bytes]) -> None:
        """Note that a new worker was started to go on with the run."""
        self._process = process
        self.state.starting(time.time())

    @property
    def has_caught_up(self) -> bool:
        """Whether everything written so far was read."""
        return self._caught_up

    @property
    def share_read(self) -> float:
        """How much of a long past was read, from 0 to 1; 1 where there is none."""
        if self.state is self._exact:
            return 1.0
        try:
            return min(1.0, self.feed.offset / max(1, self.run.events.stat().st_size))
        except OSError:
            return 1.0

    def poll(self) -> bool:
        """Read new events and apply them; say whether anything changed.

        Raises:
            OSError: The run cannot be read.
        """
        return self.take(self._read())

    def read_all(self) -> RunState:
        """Read to the end of what is written, and give what it adds up to.

        Raises:
            DataError: The run cannot be read.
        """
        try:
            while self.poll() or not self.has_caught_up:
                pass
        except OSError as error:
            raise unreadable(self.run.events, error) from error
        return self.state

    def read(self) -> News:
        """Read what is new without touching the state: this part may run in a thread.

        A disk that refuses, as a lost network folder does, is told, and asked again the next time.
        """
        try:
            return self._read()
        except OSError as error:
            return News([], trouble=error.strerror or str(error))

    def _read(self) -> News:
        return self._read_past() or self._read_news()

    def _read_past(self) -> News | None:
        if self._is_begun:
            return None
        self.feed = Feed(self.run.events)  # what was read before the disk refused is not known
        past = self.feed.past()
        preview = read_preview(self.run.events) if past is None else None
        self._is_begun = True
        return None if past is None and preview is None else News([], past, preview)

    def _read_news(self) -> News:
        if self._caught_up:
            self.feed.save_index(self._exact)
        before = self.feed.offset
        items = self.feed.poll(_BLOCK)
        self._caught_up = self.feed.offset - before < _BLOCK // 2
        if items or not self.state.is_live or time.monotonic() < self._next_check:
            return News(items)
        self._next_check = time.monotonic() + _CHECK_EVERY
        end = self._why_gone()
        word = self._last_word() if end is not None else ""
        # What it wrote between our reading and its end must be applied before it counts as gone.
        items = self.feed.poll(_BLOCK) if end is not None else []
        return News(items, end=end, last_word=word)

    def take(self, news: News) -> bool:
        """Apply what was read; say whether anything changed."""
        is_told = self._tell_trouble(news.trouble)
        return is_told if news.trouble else self._take(news) or is_told

    def _tell_trouble(self, trouble: str) -> bool:
        """Say once that the run cannot be read, and once that it can again."""
        if trouble == self._trouble:
            return False
        self._trouble = trouble
        if trouble:
            text = f"The run cannot be read: {trouble}. It is tried again and again."
            self.state.notices.append(Notice("error", text))
        else:
            self.state.notices.append(Notice("info", "The run can be read again."))
        return True

    def _take(self, news: News) -> bool:
        if news.past is not None:
            self._recall(news.past)
        if news.preview is not None:
            self.state = news.preview
        for item in news.items:
            self._exact.apply(item)
        is_whole = self._caught_up and self.state is not self._exact
        if is_whole:
            self.state = self._exact
        if news.end is not None and self.state.is_live:
            if news.last_word in ENDED:
                self.state.ended(news.last_word)
            else:
                self.state.crashed(news.end)
        if not self.state.is_live:
            self._process = None  # whoever goes on with the run has a worker of their own
        is_stalled = self._caught_up and self.watchdog.look(self.state)
        is_news = news.items or news.past or news.preview or news.end is not None
        return bool(is_news) or is_whole or is_stalled

    def _recall(self, past: Past) -> None:
        for step, item in past.others:
            self._exact.step = step
            self._exact.apply(item)
        for item in past.newest:
            self._exact.apply(item)
        self._exact.recall(past.history, past.kept)

    def _why_gone(self) -> str | None:
        """Say why the worker is gone, or None while it lives or may still be starting."""
        if self.run.owner() is not None:
            return None
        status = self._process.poll() if self._process is not None else None
        if status is None and (self._process is not None or self._may_be_starting()):
            return None
        how = "The worker is gone" if status is None else f"The worker ended {_in_words(status)}"
        words = last_words(self.run.log)
        if words:
            return f"{how}. Its last words:\n{words}"
        from_outside = status is None or status < 0
        why = ": killed, or out of memory" if from_outside else ""
        return f"{how} without a word{why}."

    def _last_word(self) -> str:
        try:
            return self.run.info().state
        except TtgptError:
            return ""

    def _may_be_starting(self) -> bool:
        try:
            return self.run.is_live()
        except TtgptError:
            return False


def _in_words(status: int) -> str:
    if status >= 0:
        return f"with exit code {status}"
    return f"by signal {-status}"

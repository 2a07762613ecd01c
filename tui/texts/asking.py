"""Ask the engine something that takes a while, without holding up the screen."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable
from typing import Any

from textual.message import Message
from textual.message_pump import MessagePump

from ttgpt.engine.data.asking import Cancel, Progress, Say
from ttgpt.engine.disk.folders import disk_error
from ttgpt.engine.errors import TtgptError, as_told

Question = Callable[[Say, Cancel], Any]

_LONGEST_GOODBYE = 3.0
"""Seconds that leaving waits for a child to be gone."""


class Asker:
    """Asks one thing at a time in a thread; a newer question takes the older one's place.

    What comes of it is posted. Nothing is posted of a question that was dropped.

    Args:
        target: What the messages go to.
        period: Seconds between two words of progress.
    """

    class _Told(Message):
        def __init__(self, asker: Asker) -> None:
            super().__init__()
            self.asker = asker

    class Said(_Told):
        """It has come further; a newer word replaces one still waiting."""

        def __init__(self, asker: Asker, progress: Progress) -> None:
            super().__init__(asker)
            self.progress = progress

        def can_replace(self, message: Message) -> bool:
            """Let only the newest wait."""
            return isinstance(message, Asker.Said) and message.asker is self.asker

    class Answered(_Told):
        """There is an answer."""

        def __init__(self, asker: Asker, answer: Any) -> None:
            super().__init__(asker)
            self.answer = answer

    class Refused(_Told):
        """There is an error instead."""

        def __init__(self, asker: Asker, error: TtgptError) -> None:
            super().__init__(asker)
            self.error = error

    def __init__(self, target: MessagePump, period: float) -> None:
        self._target = target
        self._period = period
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._dropped = threading.Event()

    @property
    def is_busy(self) -> bool:
        """Whether a question is under way that nobody dropped."""
        return self._thread is not None and self._thread.is_alive() and not self._dropped.is_set()

    @property
    def is_ending(self) -> bool:
        """Whether the question under way was cancelled."""
        return self.is_busy and self._ended.is_set()

    def ask(self, question: Question) -> None:
        """Ask; what was asked before is dropped."""
        self.drop()
        self._ended, self._dropped = threading.Event(), threading.Event()
        arguments = (question, self._ended, self._dropped, self._thread)
        # A daemon: leaving the app never waits for a text to be read.
        self._thread = threading.Thread(target=self._work, args=arguments, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """End the work; once it is gone its `Interrupted` is told, or its answer if it was done."""
        self._ended.set()

    def drop(self) -> None:
        """Want no answer any more; the engine ends what works on it."""
        self._dropped.set()
        self._ended.set()

    async def close(self) -> None:
        """Drop the question, and see that what worked on it is gone."""
        self.drop()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, _LONGEST_GOODBYE)

    def _work(
        self,
        question: Question,
        ended: threading.Event,
        dropped: threading.Event,
        before: threading.Thread | None,
    ) -> None:
        if before is not None:
            before.join()  # never two children at once
        if dropped.is_set():
            return
        try:
            told: Message = self.Answered(self, question(self._saying(ended), ended.is_set))
        except OSError as error:
            told = self.Refused(self, disk_error("No process could be started.", error))
        except Exception as error:  # whatever it is, nobody waits for ever
            told = self.Refused(self, as_told(error, "The text could not be looked at."))
        if not dropped.is_set():
            dropped.set()  # whoever hears what came of it may ask anew at once
            self._target.post_message(told)

    def _saying(self, ended: threading.Event) -> Say:
        said, last = "", -math.inf

        def say(progress: Progress) -> None:
            nonlocal said, last
            now = time.monotonic()
            if ended.is_set() or (progress.what == said and now - last < self._period):
                return
            said, last = progress.what, now
            self._target.post_message(self.Said(self, progress))

        return say

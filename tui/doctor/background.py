"""Do one slow thing at a time in a thread, and tell the screen what comes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from textual.message import Message
from textual.message_pump import MessagePump

from ttgpt.engine.errors import as_told

from .news import Refused

_PATIENCE = 1.0
"""Seconds in which probes end their children when they are told to."""

Cancel = Callable[[], bool]
Post = Callable[[Message], None]


class Background:
    """Runs a function in a thread; what it posts reaches the screen at once.

    The thread is a daemon: leaving the app never waits for a probe's time limit.
    """

    def __init__(self, target: MessagePump) -> None:
        self._target = target
        self._thread: threading.Thread | None = None
        self._is_busy = False
        self._cancelled = threading.Event()

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self._is_busy

    def begin(self, do: Callable[[Post, Cancel], None], *, last: Message | None = None) -> bool:
        """Start, unless something is under way; say whether it was started.

        Args:
            do: Is given a function to post with, and one that it should ask often for whether
                nobody waits any more.
            last: Posted after all others, also after a refusal.
        """
        if self.is_busy:
            return False
        self._cancelled = cancelled = threading.Event()

        def post(message: Message) -> None:
            self._target.post_message(message)

        def work() -> None:
            try:
                do(post, cancelled.is_set)
            except Exception as error:  # whatever it is, nobody waits for ever
                post(Refused(as_told(error, "What was asked could not be done.")))
            finally:
                self._is_busy = False  # before its last word: who hears it may begin anew
                if last is not None:
                    post(last)

        self._is_busy = True
        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()
        return True

    def stop(self) -> None:
        """Ask what is under way to end."""
        self._cancelled.set()

    def leave(self) -> None:
        """Ask it to end, and give it a moment to take its child processes along."""
        self.stop()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

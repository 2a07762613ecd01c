"""Try a configuration without holding up the screen."""

from __future__ import annotations

import threading
from pathlib import Path

from textual.message import Message
from textual.message_pump import MessagePump

from ttgpt.engine.config import RunConfig
from ttgpt.engine.errors import Interrupted, TtgptError, as_told
from ttgpt.engine.runs.tries import Try
from ttgpt.engine.runs.trying import Trying


class TrySaid(Message):
    """A try has come further."""

    def __init__(self, words: str, share: float) -> None:
        super().__init__()
        self.words = words
        self.share = share
        """Of the steps, from 0 to 1."""


class TryEnded(Message):
    """A try has measured something, was cancelled, or could not be."""

    def __init__(self, measured: Try | None, error: TtgptError | None = None) -> None:
        super().__init__()
        self.measured = measured
        self.error = error


class Tryer:
    """Does one try at a time in a thread of its own, and posts what becomes of it."""

    def __init__(self, home: Path, target: MessagePump) -> None:
        self._home = home
        self._target = target
        self._trying: Trying | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a try is under way."""
        return self._trying is not None

    def start(self, config: RunConfig) -> None:
        """Try a configuration, unless a try is under way."""
        if self._trying is None:
            self._trying = Trying(self._home, config)
            threading.Thread(target=self._work, args=(self._trying,), daemon=True).start()

    def cancel(self) -> None:
        """End the try after the step under way."""
        if self._trying is not None:
            self._trying.cancel()

    def _work(self, trying: Trying) -> None:
        try:
            ended = TryEnded(trying.run(self._say))
        except Interrupted:
            ended = TryEnded(None)
        except Exception as error:  # whatever it is, nobody waits for ever
            ended = TryEnded(None, as_told(error, "The try could not be done."))
        self._trying = None
        self._target.post_message(ended)

    def _say(self, words: str, share: float) -> None:
        self._target.post_message(TrySaid(words, share))

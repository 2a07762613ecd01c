"""Start a run, or go on with one, without holding up the screen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message_pump import MessagePump

from ttgpt.engine.errors import as_told
from ttgpt.engine.presets import Preset
from ttgpt.engine.runs.rundir import RunFolder

from .messages import RunStarted, StartRefused, StartSaid

if TYPE_CHECKING:
    from ttgpt.engine.runs.starting import Say, StartedRun


class Starter:
    """Does one start at a time in a thread of its own, and posts what becomes of it.

    The thread is a daemon: preparing may mean a download, and leaving the app must not wait for it.
    A start that is dropped so leaves nothing half done behind.
    """

    def __init__(self, home: Path, target: MessagePump) -> None:
        self._home = home
        self._target = target
        self._thread: threading.Thread | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a start is under way."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, load: Callable[[], Preset], settings: dict[str, str] | None = None) -> None:
        """Start a preset with some settings changed, unless a start is under way."""

        def begin(say: Say) -> StartedRun:
            from ttgpt.engine.runs.starting import start_run

            return start_run(self._home, load(), settings=settings, say=say)

        self._begin(begin)

    def go_on(self, run: RunFolder, settings: dict[str, str] | None = None) -> None:
        """Go on with a run with some settings changed, unless a start is under way."""

        def begin(say: Say) -> StartedRun:
            from ttgpt.engine.runs.starting import resume_run

            return resume_run(self._home, run, settings=settings, say=say)

        self._begin(begin)

    def go_back(self, run: RunFolder, step: int, lr_scale: float) -> None:
        """Go back to a checkpoint with a scaled learning rate, unless a start is under way."""

        def begin(say: Say) -> StartedRun:
            from ttgpt.engine.runs.going_back import go_back

            return go_back(self._home, run, step, lr_scale, say=say)

        self._begin(begin)

    def _begin(self, begin: Callable[[Say], StartedRun]) -> None:
        if not self.is_busy:
            self._thread = threading.Thread(target=self._work, args=(begin,), daemon=True)
            self._thread.start()

    def _work(self, begin: Callable[[Say], StartedRun]) -> None:
        post = self._target.post_message
        try:
            started = begin(self._say)
        except Exception as error:  # whatever it is, nobody waits for ever
            post(StartRefused(as_told(error, "The run could not be started.")))
        else:
            post(RunStarted(started))

    def _say(self, words: str) -> None:
        self._target.post_message(StartSaid(words))

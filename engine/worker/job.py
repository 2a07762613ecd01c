"""The training job as the loop sees it: turns and commands."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .. import commands, events
from ..backends import Session
from ..checkpoints.info import BYTES_PER_PARAMETER
from ..data.tokenizer import Tokenizer
from ..errors import UsageError
from ..health.monitor import BREAKING
from ..runs.rundir import RunFolder
from ..training.dial import LR_SCALE, PROMPTS, Dial, check_prompts
from ..training.schedule import rise
from ..training.trainer import UNSAVED, News, Trainer
from .journal import Journal
from .models import Model

DIVERGES = "the loss diverges"
"""The reason of a pause that a finding caused."""

_RETRY_S, _LONGEST_RETRY_S = 5.0, 300.0
"""After how long a checkpoint that could not be saved is tried again, the first time and at most:
where the disk has space and takes nothing all the same, each failed try doubles the wait."""


class Job:
    """Drives a trainer and writes down what it says.

    Args:
        run: The run.
        journal: Writes it down.
        session: What is trained.
        tokenizer: Its vocabulary.
        trainer: Trains it.
        dial: Its live settings.
        watch: Adds to an event what follows from it.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        run: RunFolder,
        journal: Journal,
        session: Session,
        tokenizer: Tokenizer,
        trainer: Trainer,
        dial: Dial,
        watch: Callable[[events.Event], Iterable[events.Event]] = lambda event: (event,),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._run = run
        self._journal = journal
        self._session = session
        self._tokenizer = tokenizer
        self._trainer = trainer
        self._dial = dial
        self._watch = watch
        self._news: Iterator[News] = trainer.run()
        self._aside: Iterator[News] | None = None
        """What is done while training is paused."""
        self._said_paused = False
        self._looked_at_disk = -math.inf
        self._retry_s = _RETRY_S
        self._is_retrying = False
        """Whether a checkpoint is tried again, which is told once it is saved and not before."""
        self._over = False

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to train, nor to write down."""
        return self._over and not self._journal.waits

    @property
    def held(self) -> bool:
        """Whether training waits: paused, or for space on the disk."""
        is_busy = self._dial.has_wishes or self._aside is not None
        return self._journal.waits or (self._is_paused and not is_busy)

    def turn(self) -> None:
        """Do one step, or a part of an evaluation, a sample or a save; nothing while held.

        Raises:
            DataError: The run folder is gone.
        """
        self._journal.catch_up()
        self._say_if_paused()
        if self._dial.paused == UNSAVED and self._said_paused and self._disk_has_space():
            self._dial.paused, self._is_retrying = "", True
        if self.held or self._over:
            return
        event = self._next_news()
        if self._is_retrying and event is not None:
            event = self._heard_of_retry(event)
        if event is not None:
            for said in self._watch(event):
                self._journal.tell(said)
                self._hold_if_broken(said)
        if isinstance(event, events.Finished):
            self._over = True
            completed = event.reason in ("max_steps", "early_stop")
            self._journal.note_state("finished" if completed else "stopped")

    def stop_for_signal(self) -> None:
        """End after the current step, with everything saved; nothing is waited for any more."""
        self._journal.in_a_hurry = True
        self._dial.ending = self._dial.ending or "signal"

    def live_model(self) -> Model:
        """Give the weights as they are now."""
        step = self._trainer.progress.step
        return Model(self._session, self._tokenizer, step, "", self._dial.config)

    def obey(self, command: commands.Command) -> dict[str, Any]:
        """Carry out a command on the training job.

        Raises:
            UsageError: It cannot be done now, or never.
        """
        if self._over and not isinstance(command, commands.Status):
            raise UsageError(
                "Training has ended.",
                "Only its weights are still open.",
                f"Go on with it: ttgpt-tui train --resume '{self._run.name}'.",
            )
        if isinstance(command, commands.Set):
            return self._set(command)
        if isinstance(command, commands.Pause):
            self._pause()
        elif isinstance(command, commands.Resume):
            self._resume()
        elif isinstance(command, (commands.Stop, commands.Abort)):
            self._dial.ending = "stopped" if isinstance(command, commands.Stop) else "aborted"
        elif isinstance(command, commands.SaveCheckpoint):
            self._dial.wants_checkpoint = True
        elif isinstance(command, commands.DrawSample):
            self._dial.wants_sample = True
        elif isinstance(command, commands.Shutdown):
            raise UsageError("This worker trains a run.", "It ends with the run.", "Use stop.")
        return self._status()

    def _set(self, command: commands.Set) -> dict[str, Any]:
        if command.name == PROMPTS:
            config = self._dial.config.with_settings({PROMPTS: command.value})
            check_prompts(config.sample.prompts, self._tokenizer)
        lr = self._trainer.lr
        change = self._dial.set(command.name, command.value)
        self._journal.tell(change)
        if change.name == LR_SCALE:
            self._journal.note_info(lr_scale=change.new)
        self._journal.note_info(max_steps=self._trainer.max_steps)
        self._journal.note_config(self._dial.config)
        answer = {"name": change.name, "old": change.old, "new": change.new}
        rises = change.name == "train.max_steps" and self._trainer.lr > lr
        return {**answer, "note": rise(lr, self._trainer.lr)} if rises else answer

    def _hold_if_broken(self, said: events.Event) -> None:
        """Pause a run whose further steps would only be lost."""
        breaks = isinstance(said, events.Health) and said.kind in BREAKING and not said.is_over
        if breaks and self._dial.config.train.pause_on_divergence:
            self._dial.paused = self._dial.paused or DIVERGES

    def _heard_of_retry(self, event: events.Event) -> News:
        """Take in how a new try to save goes; give what is to be told of it."""
        if isinstance(event, events.Saving):
            return None
        self._is_retrying = False
        if isinstance(event, events.Health) and event.kind == "save_failed":
            self._retry_s = min(2 * self._retry_s, _LONGEST_RETRY_S)
            return None
        self._retry_s = _RETRY_S
        self._say_resumed("the disk takes it again")
        return event

    def _pause(self) -> None:
        self._is_retrying = False
        # A wait for the disk becomes the person's own pause: only they end it.
        self._dial.paused = "asked" if self._dial.paused in ("", UNSAVED) else self._dial.paused

    def _resume(self) -> None:
        if self._dial.paused:
            self._dial.paused = ""
            self._say_resumed("asked")

    def _say_resumed(self, reason: str) -> None:
        if self._said_paused:
            self._said_paused = False
            self._journal.tell(events.Resumed(self._trainer.progress.step, reason))
            self._journal.note_state("running")

    def _disk_has_space(self) -> bool:
        """Whether a checkpoint fits, which is looked up now and then."""
        if self._clock() < self._looked_at_disk + self._retry_s:
            return False
        self._looked_at_disk = self._clock()
        needed = BYTES_PER_PARAMETER * self._session.describe().parameters
        try:
            return shutil.disk_usage(self._run.path).free > needed
        except OSError:
            return False

    @property
    def _is_paused(self) -> bool:
        return bool(self._dial.paused) and not self._dial.ending

    def _next_news(self) -> News:
        if self._aside is None and self._is_paused:
            self._aside = self._trainer.aside()
        if self._aside is None:
            return next(self._news, None)
        for event in self._aside:
            return event
        self._aside = None
        return None

    def _say_if_paused(self) -> None:
        if self._is_paused and not self._said_paused:
            self._said_paused, self._looked_at_disk = True, self._clock()
            self._journal.tell(events.Paused(self._trainer.progress.step, self._dial.paused))
            self._journal.note_state("paused")

    def _status(self) -> dict[str, Any]:
        return {
            "task": "train",
            "run": self._run.path.name,
            "step": self._trainer.progress.step,
            "max_steps": self._trainer.max_steps,
            "paused": self._dial.paused,
            "ending": self._dial.ending,
            "waiting_for_disk": self._journal.waits,
        }

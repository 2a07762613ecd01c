"""What is done with a run through its worker: watch it, stop it, go on, begin another like it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from textual import work

from ttgpt.engine import commands
from ttgpt.engine.errors import TtgptError
from ttgpt.engine.runs.rundir import RunFolder

from ..adjusting import STEPS
from ..control import ask
from ..messages import EditWanted, GoOnWanted
from ..places import TRAIN
from ..runs.differences import changes, preset_of, written_value
from ..runs.glance import Glance
from .dialogs import Confirm
from .more_steps import more_steps, steps_of
from .run_keeping import RunKeeping


class RunDeeds(RunKeeping):
    """The part of a place that acts on the run that the place has chosen."""

    _awaited: Glance | None = None
    """A run whose worker was asked for something, as it was then."""

    def action_attach(self) -> None:
        """Show the run on the Train screen."""
        run, watch = self._chosen.run, self.ttgpt.run_watch
        try:
            if watch is None or watch.run.path != run.path:
                self.ttgpt.attach(run)
        except TtgptError as error:
            self.ttgpt.show_error(error)
        else:
            self.ttgpt.action_go(TRAIN)

    def action_resume(self) -> None:
        """Go on with a run that ended, or let a paused one go on."""
        seen = self._chosen
        if seen.state == "paused":
            self._command(seen, commands.Resume(), "goes on after this step")
        else:
            self._to_train(GoOnWanted(seen.run))

    def action_stop(self) -> None:
        """Save a live run, and end it."""
        seen = self._chosen
        question = Confirm(
            f"Stop {seen.name}?", "It saves a checkpoint first, and can go on later.", yes="stop"
        )
        stop = partial(self._command, seen, commands.Stop(), "stops after this step, and saves")
        self._if_yes(question, stop)

    def action_extend(self) -> None:
        """Give a run that ended more steps."""
        seen = self._chosen
        question = more_steps(seen.name, seen.step, seen.max_steps, live=False)
        self._with_text(question, partial(self._extend, seen.run))

    def action_duplicate(self) -> None:
        """Open the form with this run's settings."""
        self._duplicate(self._chosen.run)

    def _extend(self, run: RunFolder, text: str) -> None:
        self._to_train(GoOnWanted(run, {STEPS: steps_of(text)}))

    @work(group="do")
    async def _command(self, seen: Glance, command: commands.Command, words: str) -> None:
        self._say(words)
        self._awaited = seen
        try:
            await ask(seen.run, command)
        except TtgptError as error:
            self.ttgpt.show_error(error)
            self._say("")
        self._look()

    def _hear_of(self, rows: Sequence[Glance]) -> None:
        """Say no longer what a worker will do when it has done it."""
        before = self._awaited
        if before is None:
            return
        now = next((row.state for row in rows if row.run.path == before.run.path), "")
        if now != before.state:
            self._awaited = None
            self._say("")

    @work(group="do")
    async def _duplicate(self, run: RunFolder) -> None:
        try:
            config = await asyncio.to_thread(run.config)
        except TtgptError as error:
            self.ttgpt.show_error(error)
            return
        preset = await asyncio.to_thread(preset_of, run)
        if preset is None:
            self.ttgpt.show_error(_no_preset(run))
            return
        differing = changes(preset.config, config).items()
        settings = {name: written_value(new) for name, (_, new) in differing}
        self._to_train(EditWanted(preset, settings, run.preset))


def _no_preset(run: RunFolder) -> TtgptError:
    return TtgptError(
        "The run's preset cannot be read.",
        f"{run.preset} is missing or damaged.",
        "Duplicate another run, or start from a preset.",
    )

"""What people do with the run that is watched: their wishes go to its worker, or end it."""

from __future__ import annotations

import asyncio
from functools import cached_property

from textual import work

from ttgpt.engine import commands
from ttgpt.engine.errors import TtgptError
from ttgpt.engine.runs.rundir import RunFolder

from ..adjusting import STEPS, Live
from ..control import ask, kill_worker
from ..messages import RunChanged
from ..starter import Starter
from ..watching.facts import RunFacts
from ..watching.watch import RunWatch
from ..widgets.train.run_view import RunView
from .adjust import Adjust
from .dialogs import Confirm
from .frame import FramedScreen
from .going_back import GoingBack
from .more_steps import more_steps, steps_of

_SILENT_SECONDS = 5.0
"""For a worker that no longer steps to answer."""
_ENDING = (commands.Stop, commands.Abort)


class RunActions(FramedScreen):
    """The part of a place that acts on a run; the place says which one, and what is being done."""

    def __init__(self) -> None:
        super().__init__()
        self._run: RunFolder | None = None
        self._facts = RunFacts()

    @cached_property
    def _starter(self) -> Starter:
        return Starter(self.ttgpt.home, self)

    def _say(self, words: str) -> None:
        self.query_one(RunView).say(words)

    def on_run_view_asked(self, message: RunView.Asked) -> None:
        """Pass a wish on to the worker; what ends training is asked back for."""
        command = message.command
        question = _question(command)
        if question is None:
            self._ask(command)
        else:
            self._if_yes(question, lambda: self._ask(command))

    def on_run_view_go_back_wanted(self) -> None:
        """Ask how much lower the learning rate shall be, then go back."""
        run, step, watch = self._run, self._facts.last_good, self.ttgpt.run_watch
        if run is None or step is None or watch is None:
            return

        def go_back(scale: float | None) -> None:
            if scale is not None:
                self._starter.go_back(run, step, scale)

        lost = max(0, watch.state.step - step)
        self.app.push_screen(GoingBack(step, lost, self._facts.lr_scale), go_back)

    def on_run_view_kill_wanted(self) -> None:
        """Ask back, then end the worker that no longer steps."""
        holder = self._facts.holder or "The worker"
        question = Confirm(
            "Kill the worker?",
            f"{holder.capitalize()} is asked to end, and killed 10 seconds later if it has not. "
            "What came after its newest checkpoint is lost.",
            yes="kill it",
        )
        self._if_yes(question, self._kill)

    def on_run_view_more_steps_wanted(self) -> None:
        """Ask how many steps, then tell the worker, or start one."""
        run, watch = self._run, self.ttgpt.run_watch
        if run is None or watch is None:
            return
        state, is_live = watch.state, watch.state.is_live

        def extend(text: str | None) -> None:
            if text is None:
                return
            if is_live:
                self._ask(commands.Set(STEPS, int(steps_of(text))))
            else:
                self._starter.go_on(run, {STEPS: steps_of(text)})

        question = more_steps(watch.info.name, state.step, state.max_steps, live=is_live)
        self.app.push_screen(question, extend)

    def on_run_view_adjust_wanted(self) -> None:
        """Show the form of live settings."""
        self._adjust()

    @work(group="command")
    async def _ask(self, *wanted: commands.Command) -> None:
        run, view = self._run, self.query_one(RunView)
        if run is None:
            return
        view.say("after this step")
        try:
            for command in wanted:
                await ask(run, command)
        except TtgptError as error:
            self.ttgpt.show_error(error)
        else:
            if any(isinstance(command, _ENDING) for command in wanted):
                self._expect_end(run)
        view.say("")

    def _expect_end(self, run: RunFolder) -> None:
        """Show that a run was asked to end, if it is still the one that is watched."""
        watch = self.ttgpt.run_watch
        if watch is not None and watch.run is run:
            watch.state.stopping()
            self.post_message(RunChanged(watch.state))

    @work(group="kill")
    async def _kill(self) -> None:
        run = self._run
        if run is None:
            return
        self._say("ending the worker")
        try:
            await asyncio.to_thread(kill_worker, run)
        except TtgptError as error:
            self.ttgpt.show_error(error)
        self._say("")

    @work(exclusive=True, group="adjust")
    async def _adjust(self) -> None:
        run, watch = self._run, self.ttgpt.run_watch
        if run is None or watch is None:
            return
        try:
            config = await asyncio.to_thread(run.config)
            scale = (await asyncio.to_thread(run.info)).lr_scale or 1.0
        except TtgptError as error:
            self.ttgpt.show_error(error)
            return
        live = Live(config, scale, watch.state.step, watch.state.max_steps)
        self.app.push_screen(Adjust(live), self._change)

    def _change(self, wanted: list[commands.Set] | None) -> None:
        if wanted:
            self._ask(*wanted)

    @work(exclusive=True, group="silent")
    async def ask_the_silent(self, watch: RunWatch) -> None:
        """A worker that answers is not stalled: it waits for the disk, or its steps are long."""
        try:
            status = await ask(watch.run, commands.Status(), seconds=_SILENT_SECONDS)
        except TtgptError:
            return
        watch.watchdog.answered()
        watch.state.busy("waits for disk space" if status.get("waiting_for_disk") else "")
        self.post_message(RunChanged(watch.state))


def _question(command: commands.Command) -> Confirm | None:
    """Give what to ask back before a command that ends training."""
    if isinstance(command, commands.Stop):
        then = "It saves a checkpoint first, and can go on later."
        return Confirm("Stop training?", then, yes="stop")
    if isinstance(command, commands.Abort):
        then = "Steps after the newest checkpoint are lost. To keep them, stop with x instead."
        return Confirm("End training without saving?", then, yes="end it")
    return None

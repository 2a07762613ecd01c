"""A run as a whole: headline, curve, samples and figures, and the keys that act on it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.message import Message

from ttgpt.engine import commands

from ...possible import can_ask, can_want
from ...settings import Marker
from ...watching.facts import RunFacts
from ...watching.state import RunState
from ..chart.loss_chart import Baseline, LossChart, Overlay
from .ending import Ending
from .headline import Headline, RunTitle
from .run_column import RunColumn
from .sample_view import SampleView

_COMMANDS: dict[str, commands.Command] = {
    "pause": commands.Pause(),
    "resume": commands.Resume(),
    "sample": commands.DrawSample(),
    "checkpoint": commands.SaveCheckpoint(),
    "stop": commands.Stop(),
    "abort": commands.Abort(),
}


_LOW = 27
"""Height below which there is not room for two samples and for how the run ended."""


class RunView(Vertical, can_focus=True):
    """Shows one run; what it shows is given to it, and what is wanted is posted."""

    HELP = "\n\n".join((LossChart.HELP, SampleView.HELP, RunColumn.HELP))
    BINDINGS = [
        Binding("b", "want('go_back')", "go back", tooltip="Back to a good checkpoint"),
        Binding("p", "ask('pause')", "pause", tooltip="Pause training"),
        Binding("p", "ask('resume')", "resume", tooltip="Let training go on"),
        Binding("s", "ask('sample')", "sample", tooltip="Write a sample now"),
        Binding("k", "ask('checkpoint')", "checkpoint", tooltip="Save a checkpoint now"),
        Binding("x", "ask('stop')", "stop", tooltip="Save, and stop training"),
        Binding("x", "want('kill')", "kill", tooltip="Kill the stalled worker"),
        Binding("r", "want('go_on')", "resume", tooltip="Go on with this run"),
        Binding("n", "want('new')", "new run", tooltip="Train something else"),
        Binding(
            "left", "step_sample(-1)", "samples", key_display="←→", tooltip="The sample before"
        ),
        Binding("right", "step_sample(1)", "samples", show=False, tooltip="The sample after"),
        Binding("e", "want('adjust')", "adjust", tooltip="Change the live run"),
        Binding(
            "plus",
            "want('more_steps')",
            "more steps",
            key_display="+",
            tooltip="Give it more steps",
        ),
        Binding("z", "look", "zoom", tooltip="Look into the chart"),
        Binding("c", "beside", "two steps", tooltip="Two samples side by side"),
        Binding(
            "down",
            "next_prompt(1)",
            "prompts",
            key_display="↑↓",
            tooltip="The next prompt's samples",
        ),
        Binding("up", "next_prompt(-1)", "prompts", show=False, tooltip="The prompt before"),
        Binding("l", "toggle_log", "log", tooltip="Linear or log loss axis"),
        Binding("a", "ask('abort')", "abort", tooltip="End without saving"),
    ]

    DEFAULT_CSS = """
    RunView > Headline { margin-bottom: 1; }
    RunView > Horizontal { height: 1fr; }
    RunView #left { margin-right: 1; }
    RunView LossChart { height: 2fr; min-height: 6; }
    RunView SampleView { height: 1fr; min-height: 3; }
    RunView.-beside LossChart { height: 1fr; min-height: 9; }
    RunView.-beside SampleView { height: 1fr; }
    RunView.-looking SampleView { display: none; }
    """

    class Asked(Message):
        """The run's worker is to do something."""

        def __init__(self, command: commands.Command) -> None:
            super().__init__()
            self.command = command

    class GoBackWanted(Message):
        """The run is to go back to its last good checkpoint."""

    class KillWanted(Message):
        """The worker no longer steps, and is to be killed."""

    class AdjustWanted(Message):
        """The settings of the live run are to be changed."""

    class MoreStepsWanted(Message):
        """The run is to be given more steps."""

    class GoOnWanted(Message):
        """The run has ended, and is to be continued."""

    class NewWanted(Message):
        """Another run is to be started."""

    def __init__(self, marker: Marker) -> None:
        super().__init__()
        self._headline = Headline()
        self._ending = Ending()
        self._chart = LossChart(marker)
        self._sample = SampleView()
        self._column = RunColumn()
        self._state = RunState()
        self._facts = RunFacts()
        self._overlays: Sequence[Overlay] = ()

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        yield self._headline
        yield self._ending
        with Horizontal():
            with Vertical(id="left"):
                yield self._chart
                yield self._sample
            yield self._column

    def show(self, name: str, state: RunState, facts: RunFacts, read: float = 1.0) -> None:
        """Show a run, of whose events a part was read, from 0 to 1."""
        self._state, self._facts = state, facts
        self._headline.show(RunTitle(name, facts.shape), state, read)
        self._show_ending()
        self._column.show(state, facts.model)
        self._sample.show(state)
        self._show_chart()

    def overlay(self, overlays: Sequence[Overlay]) -> None:
        """Draw other runs into the chart."""
        self._overlays = overlays
        self._show_chart()

    def say(self, text: str) -> None:
        """Say what is being waited for, in place of the time left; empty ends that."""
        self._headline.say(text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done with the run as it is."""
        if action == "ask":
            return can_ask(str(parameters[0]), self._state)
        if action == "want":
            return can_want(str(parameters[0]), self._state, self._facts)
        if action == "look":
            return not self._chart.has_focus
        if action in ("step_sample", "beside"):
            return self._sample.steps > 1
        if action == "next_prompt":
            return self._sample.prompts > 1
        return True

    def action_ask(self, what: str) -> None:
        """Ask the worker for something."""
        self.post_message(self.Asked(_COMMANDS[what]))

    def action_want(self, what: str) -> None:
        """Post what is wanted of the run beyond asking its worker."""
        self.post_message(_WANTED[what]())

    def action_beside(self) -> None:
        """Show the samples of two steps side by side, or of one again."""
        self._sample.toggle_beside()
        self.set_class(self._sample.is_beside, "-beside")
        self._show_ending()
        self._show_chart()

    def action_next_prompt(self, direction: int) -> None:
        """Show the samples of the next (1) or previous (-1) prompt."""
        self._sample.next_prompt(direction)

    def action_step_sample(self, direction: int) -> None:
        """Show the sample before (-1) or after (1)."""
        self._sample.step(direction)
        self._show_chart()

    def action_look(self) -> None:
        """Look into the chart: its keys act, and it takes the room of the samples."""
        self._chart.focus()

    def action_toggle_log(self) -> None:
        """Change between a linear and a logarithmic loss axis."""
        self._chart.action_toggle_log()

    def on_resize(self, event: Resize) -> None:
        """Make room for samples where there is little."""
        self._show_ending()

    def on_loss_chart_left(self) -> None:
        """Come back from the chart."""
        self.focus()

    def on_descendant_focus(self) -> None:
        """Give the chart room."""
        self.set_class(self._chart.has_focus, "-looking")

    def on_descendant_blur(self) -> None:
        """Give the samples their room back."""
        self.set_class(self._chart.has_focus, "-looking")

    def _show_ending(self) -> None:
        """Say how it ended; two samples side by side need that room where there is little."""
        self._ending.show(self._state, self._facts)
        if self._sample.is_beside and self.size.height < _LOW:
            self._ending.display = False

    def _show_chart(self) -> None:
        self._chart.show(
            self._state,
            _baselines(self._state, self._facts),
            chosen_samples=self._sample.steps_shown,
            overlays=self._overlays,
        )


_WANTED: dict[str, type[Message]] = {
    "go_back": RunView.GoBackWanted,
    "kill": RunView.KillWanted,
    "adjust": RunView.AdjustWanted,
    "more_steps": RunView.MoreStepsWanted,
    "go_on": RunView.GoOnWanted,
    "new": RunView.NewWanted,
}


def _baselines(state: RunState, facts: RunFacts) -> list[Baseline]:
    found = []
    if state.opened is not None and state.opened.vocab_size > 1:
        size = state.opened.vocab_size
        found.append(Baseline(math.log(size), f"guessing, ln {size}"))
    if facts.bigram_loss is not None:
        found.append(Baseline(facts.bigram_loss, f"letter pairs {facts.bigram_loss:.2f}"))
    return found

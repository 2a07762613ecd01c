"""Play: choose a checkpoint, give it a prompt, and turn the sliders while it writes."""

from __future__ import annotations

import asyncio
import math

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from ttgpt.engine.commands import Generate
from ttgpt.engine.errors import TtgptError

from ..messages import RunAttached, RunChanged, StartWanted
from ..play.choices import Choice, list_choices, read_vocabulary
from ..play.session import PlaySession
from ..play.text import PlayText
from ..saved_text import save_text, shortened
from ..state import RunState
from ..widgets.changes_list import ChangesList
from ..widgets.checkpoint_table import CheckpointTable
from ..widgets.prompt import Prompt
from ..widgets.sampling_panel import SamplingPanel
from ..widgets.writing import Writing
from .frame import FramedScreen

_DEMO = "demo"
_DEMO_WORDS = "90-second demo"
_EMPTY = "Train something first: 3, or Enter for a 90-second demo."
_BETWEEN_STEPS = "answers between training steps"


class PlaygroundScreen(FramedScreen):
    """Checkpoints, prompt and text at the left; what steers the text at the right."""

    PLACE = "Play"
    HELP = (
        "Choose a checkpoint, give it a prompt, and let it write. Tab goes from field to field; "
        "the sliders act at once, also on the text that is being written.\n"
        "While a run trains, its worker answers between training steps, also for checkpoints."
    )
    CSS_PATH = "playground.tcss"
    # Two columns side by side need other borders than one.
    HORIZONTAL_BREAKPOINTS = [
        (0, "-too-narrow"),
        (60, "-narrow"),
        (76, "-even"),
        (100, "-wide"),
    ]
    BINDINGS = [
        Binding("enter", "generate", "generate", key_display="Enter", tooltip="Write a text"),
        Binding("enter", "demo", _DEMO_WORDS, key_display="Enter", tooltip="Train the demo"),
        Binding("escape", "stop", "stop", key_display="Esc", tooltip="Stop writing"),
        Binding("escape", "leave", "to the list", key_display="Esc", tooltip="Go to the list"),
        Binding("tab", "next_field", "fields", key_display="Tab", tooltip="Go to the next field"),
        Binding("n", "new_seed", "new seed", tooltip="Draw a new seed"),
        Binding("y", "copy", "copy", tooltip="Copy the text, and save it"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._suggested = ""
        self._seen: tuple[object, ...] = ()

    def compose_body(self) -> ComposeResult:
        """Put the two columns beside each other."""
        settings = self.ttgpt.settings
        ascii_only = settings.glyphs == "ascii"
        self.set_class(ascii_only, "-ascii")
        session = PlaySession(self.ttgpt.home)
        yield Static(_EMPTY, id="nothing", markup=False)
        with Horizontal(id="play"):
            with Vertical(id="left"):
                yield CheckpointTable(ascii_only=ascii_only)
                yield Prompt(ascii_only=ascii_only)
                yield Writing(session, period=settings.period, ascii_only=ascii_only)
            with Vertical(id="right"):
                yield SamplingPanel(ascii_only=ascii_only)
                yield ChangesList(ascii_only=ascii_only)
                yield Static("", id="place", classes="quiet", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what does something now."""
        if not self.is_mounted:
            return False
        empty, writing = not self.query_one(CheckpointTable).choices, self.query_one(Writing)
        if action in ("generate", "new_seed", "next_field"):
            return not empty and not (action == "generate" and writing.is_writing)
        if action == "demo":
            # Not while the list is still being read: Enter would start what nobody asked for.
            return self.has_class("-empty")
        if action == "stop":
            return writing.is_writing
        if action == "leave":
            return not (writing.is_writing or self._in_list or self.has_class("-empty"))
        if action == "copy":
            return writing.text is not None
        return True

    def action_generate(self) -> None:
        """Write a text."""
        choice = self.query_one(CheckpointTable).chosen
        writing, prompt = self.query_one(Writing), self.query_one(Prompt)
        if choice is None:
            return
        if not choice.is_usable:
            writing.say(f"This checkpoint is {choice.state}: {choice.problem}. Choose another.")
        elif prompt.unknown:
            writing.say("First take out of the prompt what was never seen.")
        else:
            writing.write(PlayText(choice, self._command(choice)))

    def action_demo(self) -> None:
        """Train the demo, on the screen for that."""
        app = self.ttgpt
        app.action_go("Train")
        app.call_later(lambda: app.screen.post_message(StartWanted(_DEMO)))

    def action_stop(self) -> None:
        """End the text under way."""
        self.query_one(Writing).stop()

    def action_leave(self) -> None:
        """Go to the list, where all letters and digits are keys."""
        self.query_one(CheckpointTable).focus()

    def action_next_field(self) -> None:
        """Go to the next field."""
        self.focus_next()

    def action_new_seed(self) -> None:
        """Choose another seed for the next text."""
        self.query_one(SamplingPanel).draw_seed()

    @work(exclusive=True, group="copy")
    async def action_copy(self) -> None:
        """Put the text into a file, and offer it to the clipboard."""
        writing = self.query_one(Writing)
        text, about = writing.plain, writing.text
        if about is None:
            return
        self.app.copy_to_clipboard(text)
        try:
            path = await asyncio.to_thread(
                save_text, self.ttgpt.home, about.file_name, text, about.origin
            )
        except TtgptError as error:
            writing.show_error(error)
        else:
            # Whether the terminal took it is never told: tmux and some terminals refuse silently.
            writing.say(f"Saved in {shortened(path)}. Also offered to the clipboard.")

    def on_sampling_panel_changed(self, message: SamplingPanel.Changed) -> None:
        """Draw the text under way with the new values."""
        self.query_one(Writing).adjust(message.sampling)

    def on_writing_changed(self) -> None:
        """Show the changes, and the keys that do something now."""
        about = self.query_one(Writing).text
        if about is not None:
            self.query_one(ChangesList).changes = tuple(about.log.changes)
        if not self.query_one(Writing).is_writing:
            self._look_for_checkpoints()  # what could not write may be gone
        self.refresh_bindings()

    def on_descendant_focus(self) -> None:
        """Show the keys that do something now."""
        self.refresh_bindings()

    @property
    def _in_list(self) -> bool:
        return self.focused is self.query_one(CheckpointTable)

    def _command(self, choice: Choice) -> Generate:
        panel = self.query_one(SamplingPanel)
        return Generate(
            prompt=self.query_one(Prompt).text,
            checkpoint=choice.checkpoint,
            temperature=panel.sampling.temperature,
            top_k=panel.sampling.top_k,
            top_p=panel.sampling.top_p,
            seed=panel.seed,
            max_new_tokens=panel.length,
        )

    def on_screen_resume(self) -> None:
        """See what was saved while another screen was shown."""
        self._look_for_checkpoints()

    def on_run_attached(self, message: RunAttached) -> None:
        """See what another run has saved."""
        self._look_for_checkpoints()

    def on_run_changed(self, message: RunChanged) -> None:
        """Look again when something was saved, or a run began or ended; else move the figures."""
        state = message.state
        seen = (len(state.checkpoints), *state.checkpoints, state.opened, state.is_live)
        if seen != self._seen or not state.is_live:
            self._seen = seen
            self._look_for_checkpoints()
        self._show_live(state)

    def on_checkpoint_table_chosen(self, message: CheckpointTable.Chosen) -> None:
        """Judge the prompt by the new choice's vocabulary."""
        if message.choice is not None:
            self._read_vocabulary(message.choice)
        self.refresh_bindings()

    @work(exclusive=True, group="look")
    async def _look_for_checkpoints(self) -> None:
        choices = await asyncio.to_thread(list_choices, self.ttgpt.home)
        if not self.still_has(CheckpointTable):
            return
        table = self.query_one(CheckpointTable)
        was_empty = not table.choices
        table.show(choices)
        # A text stays in view even when what wrote it is gone.
        self.set_class(not choices and self.query_one(Writing).text is None, "-empty")
        if choices and was_empty:
            table.focus()
        trains = any(choice.is_live for choice in choices)
        self.query_one("#place", Static).update(_BETWEEN_STEPS if trains else "")
        watch = self.ttgpt.run_watch
        if watch is not None:
            self._show_live(watch.state)
        self.refresh_bindings()

    @work(exclusive=True, group="vocabulary")
    async def _read_vocabulary(self, choice: Choice) -> None:
        vocabulary = await asyncio.to_thread(read_vocabulary, choice)
        if not self.still_has(Prompt):
            return
        prompt = self.query_one(Prompt)
        prompt.set_vocabulary(vocabulary)
        if vocabulary is None:
            return
        self.query_one(SamplingPanel).set_vocabulary_size(vocabulary.tokenizer.vocab_size)
        if prompt.text == self._suggested:
            # A lone line end is what an empty prompt means anyway.
            self._suggested = vocabulary.prompt if vocabulary.prompt != "\n" else ""
            prompt.text = self._suggested

    def _show_live(self, state: RunState) -> None:
        watch, table = self.ttgpt.run_watch, self.query_one(CheckpointTable)
        if watch is None:
            return
        losses = [found.val_loss for found in state.evaluations]
        table.show_live(watch.run.path, state.step, losses[-1] if losses else math.nan)

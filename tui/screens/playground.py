"""Play: choose a checkpoint, give it a prompt, and turn the sliders while it writes."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from ..format import one_line
from ..messages import RunAttached, RunChanged, StartWanted
from ..play.session import PlaySession
from ..play.text import PlayText
from ..play.unknown import dropped, replaced
from ..widgets.more_keys import MoreKeys
from ..widgets.number_field import NumberField
from ..widgets.play.changes_list import ChangesList
from ..widgets.play.checkpoint_table import CheckpointTable
from ..widgets.play.prompt import Prompt
from ..widgets.play.sampling_panel import SamplingPanel
from ..widgets.play.why_panel import WhyPanel
from ..widgets.play.writing import Writing
from .ask import AskWhich
from .compare import CompareScreen
from .frame import TWO_COLUMNS
from .reading import ReadingScreen
from .shelf import Shelf

_DEMO = "demo"
_DEMO_WORDS = "90-second demo"
_EMPTY = "Train something first: 3, or Enter for a 90-second demo."
_BETWEEN_STEPS = "answers between training steps"
_OUTCOME = 44
"""Characters of a mended prompt that are shown, from its end."""


class PlaygroundScreen(ReadingScreen):
    """Checkpoints, prompt and text at the left; what steers the text at the right."""

    PLACE = "Play"
    HELP = (
        "Choose a checkpoint, give it a prompt, and let it write. Tab goes from field to field; "
        "the sliders act at once, also on the text that is being written.\n"
        "w shows why each token was drawn; from there b goes on in another way. c compares "
        "checkpoints or values side by side, h has what was written before.\n"
        "A text longer than the block: the model sees the last half to whole block of it, by turns."
        "\nWhile a run trains, its worker answers between training steps, also for checkpoints."
    )
    CSS_PATH = "playground.tcss"
    HORIZONTAL_BREAKPOINTS = TWO_COLUMNS
    BINDINGS = [
        Binding("enter", "generate", "generate", key_display="Enter", tooltip="Write a text"),
        Binding("enter", "demo", _DEMO_WORDS, key_display="Enter", tooltip="Train the demo"),
        Binding("escape", "stop", "stop", key_display="Esc", tooltip="Stop writing"),
        Binding("escape", "close_why", "close", key_display="Esc", tooltip="Stop asking why"),
        Binding("escape", "leave", "to the list", key_display="Esc", tooltip="Go to the list"),
        Binding("y", "copy", "copy", tooltip="Copy the text, and save it"),
        Binding("c", "compare", "compare", tooltip="Compare checkpoints or values"),
        Binding("tab", "next_field", "next", key_display="Tab", tooltip="Go to the next field"),
        Binding("n", "new_seed", "new seed", tooltip="Draw a new seed"),
        Binding("p", "prompts", "prompts", tooltip="Choose a prompt"),
        Binding("h", "history", "history", tooltip="What was written before"),
        Binding("0", "neutral", "neutral", tooltip="The model's own odds"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._suggested = ""

    def compose_body(self) -> ComposeResult:
        """Put the two columns beside each other."""
        settings = self.ttgpt.settings
        ascii_only = settings.ascii_only
        session = PlaySession(self.ttgpt.home)
        yield Static(_EMPTY, id="nothing", markup=False)
        with Horizontal(id="play"):
            with Vertical(id="left"):
                yield Shelf()
                yield Prompt(ascii_only=ascii_only)
                yield Writing(session, period=settings.period)
            with Vertical(id="right"):
                yield SamplingPanel()
                yield ChangesList(ascii_only=ascii_only)
                yield WhyPanel(session, ascii_only=ascii_only)
                yield MoreKeys()
                yield Static("", id="place", classes="quiet", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what does something now."""
        if not self.is_mounted:
            return False
        empty, writing = not self.query_one(CheckpointTable).choices, self.query_one(Writing)
        if action in ("generate", "compare", "new_seed", "next_field", "neutral"):
            return not empty and not (action == "generate" and writing.is_writing)
        if action == "demo":
            # Not while the list is still being read: Enter would start what nobody asked for.
            return self.has_class("-empty")
        if action == "stop":
            return writing.is_writing
        if action == "leave":
            elsewhere = self.has_class("-empty") or self.has_class("-why")
            return not (writing.is_writing or self._in_list or elsewhere)
        return super().check_action(action, parameters)

    def action_generate(self) -> None:
        """Write a text."""
        choice = self.query_one(Shelf).chosen
        writing, prompt = self.query_one(Writing), self.query_one(Prompt)
        if choice is None:
            return
        if not choice.is_usable:
            writing.say(f"This checkpoint is {choice.state}: {choice.problem}. Choose another.")
        elif prompt.unknown:
            self._ask_about_unknown(prompt)
        else:
            self.write(PlayText(choice, self.command_for(choice)))

    def action_demo(self) -> None:
        """Train the demo, on the screen for that."""
        self._to_train(StartWanted(_DEMO))

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

    def action_neutral(self) -> None:
        """Let no slider act."""
        self.query_one(SamplingPanel).reset()

    def action_compare(self) -> None:
        """Compare checkpoints or values side by side."""
        shelf = self.query_one(Shelf)
        choice = shelf.chosen
        if choice is not None:
            choices = self.query_one(CheckpointTable).all
            command = self.command_for(choice)
            self.app.push_screen(CompareScreen(choices, choice, command, shelf.read))

    def on_sampling_panel_changed(self, message: SamplingPanel.Changed) -> None:
        """Draw the text under way with the new values, and show what they do."""
        self.query_one(Writing).adjust(message.sampling)
        self.show_why()

    def on_number_field_refused(self, message: NumberField.Refused) -> None:
        """Say which numbers a field takes."""
        message.stop()
        self.query_one(Writing).say(message.words)

    def on_writing_changed(self) -> None:
        """Show the changes, and the keys that do something now."""
        writing = self.query_one(Writing)
        if writing.text is not None:
            self.query_one(ChangesList).changes = tuple(writing.text.log.changes)
        if not writing.is_writing:
            self.query_one(Shelf).look()  # what could not write may be gone
        self.refresh_bindings()

    def on_writing_counted(self, message: Writing.Counted) -> None:
        """Say what writing costs the run that trains."""
        if message.slowdown is not None:
            slower = f"training slows by about {100 * message.slowdown:.0f} %"
            self.query_one("#place", Static).update(f"{_BETWEEN_STEPS}:\n{slower}")

    def on_descendant_focus(self) -> None:
        """Show the keys that do something now."""
        self.refresh_bindings()

    def on_screen_resume(self) -> None:
        """See what was saved while another screen was shown."""
        self.query_one(Shelf).look()

    def on_run_attached(self, message: RunAttached) -> None:
        """See what another run has saved."""
        self.query_one(Shelf).look()

    def on_run_changed(self, message: RunChanged) -> None:
        """See what the run that is watched has saved, and how far it has come."""
        self.query_one(Shelf).take_news(message)

    def on_checkpoint_table_chosen(self) -> None:
        """Show the keys that do something now."""
        self.refresh_bindings()

    def on_shelf_looked(self) -> None:
        """Invite to train where there is nothing yet."""
        choices, writing = self.query_one(CheckpointTable).all, self.query_one(Writing)
        # A text stays in view even when what wrote it is gone.
        nothing = not choices and writing.text is None
        self.set_class(nothing, "-empty")
        if not any(choice.is_live for choice in choices):
            self.query_one("#place", Static).update("")
        elif not writing.is_writing:
            self.query_one("#place", Static).update(_BETWEEN_STEPS)
        self.refresh_bindings()

    def on_shelf_vocabulary_read(self, message: Shelf.VocabularyRead) -> None:
        """Judge the prompt by the new choice's vocabulary."""
        vocabulary, prompt = message.vocabulary, self.query_one(Prompt)
        prompt.set_vocabulary(vocabulary)
        if vocabulary is None:
            return
        self.query_one(SamplingPanel).set_vocabulary_size(vocabulary.tokenizer.vocab_size)
        if prompt.text == self._suggested:
            # A lone line end is what an empty prompt means anyway.
            self._suggested = vocabulary.prompt if vocabulary.prompt != "\n" else ""
            prompt.text = self._suggested

    @property
    def _in_list(self) -> bool:
        return self.focused is self.query_one(CheckpointTable)

    def _ask_about_unknown(self, prompt: Prompt) -> None:
        assert prompt.vocabulary is not None
        tokenizer = prompt.vocabulary.tokenizer
        outcomes = {"d": dropped(prompt.text, tokenizer), "r": replaced(prompt.text, tokenizer)}
        answers = [
            ("r", "replace", one_line(outcomes["r"])[-_OUTCOME:]),
            ("d", "drop", one_line(outcomes["d"])[-_OUTCOME:]),
        ]

        def answered(letter: str | None) -> None:
            if letter is not None:
                prompt.text = outcomes[letter]

        question = f"Never seen in training: {prompt.unknown_named}"
        self.app.push_screen(AskWhich(question, answers), answered)

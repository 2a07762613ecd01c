"""What can be done with a text that is there: ask why, go on from its end or from any place."""

from __future__ import annotations

import dataclasses

from textual.binding import Binding

from ttgpt.engine.commands import Generate

from ..play.choices import Choice
from ..play.text import PlayText
from ..widgets.play.checkpoint_table import CheckpointTable
from ..widgets.play.prompt import Prompt
from ..widgets.play.sampling_panel import SamplingPanel
from ..widgets.play.token_stream import TokenStream
from ..widgets.play.why_panel import WhyPanel
from ..widgets.play.writing import Writing
from .keeping import KeepingScreen


class ReadingScreen(KeepingScreen):
    """A place where one text is read closely.

    Esc closes what `w` opens; a place binds it with its own uses of that key, for the bindings of a
    key are not merged.
    """

    BINDINGS = [
        Binding("w", "why", "why", tooltip="Show why each token was drawn"),
        Binding("b", "branch", "branch", tooltip="Another way from the cursor"),
        Binding("m", "more", "more", tooltip="Write on where the text ended"),
        Binding("s", "next_sample", "next sample", tooltip="Show the next sample"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what does something now."""
        if action not in ("close_why", "why", "more", "branch", "next_sample"):
            return super().check_action(action, parameters)
        writing, asks = self.query_one(Writing), self.has_class("-why")
        if action == "close_why":
            return asks
        if action == "next_sample":
            return len(writing.samples) > 1
        idle = not writing.is_writing and bool(writing.written.pieces)
        return idle and (asks or action != "branch")

    def action_next_sample(self) -> None:
        """Show the next of several samples."""
        self._leave_why()
        self.query_one(Writing).show_next_sample()

    def action_why(self) -> None:
        """Ask why at the cursor, or stop asking."""
        if self.has_class("-why"):
            self.action_close_why()
            return
        self.add_class("-why")
        stream = self.query_one(TokenStream)
        stream.focus()
        stream.pointed = len(self.query_one(Writing).written.pieces) - 1

    def action_close_why(self) -> None:
        """Stop asking why, and go to the list."""
        self._leave_why()
        self.query_one(CheckpointTable).focus()

    def action_more(self) -> None:
        """Write on where the text ended, as if it had never ended."""
        writing = self.query_one(Writing)
        if writing.text is not None:
            seed = writing.text.seed + writing.shown
            self._continue(writing.text, len(writing.written.pieces), seed)

    def action_branch(self) -> None:
        """Keep the text before the cursor, and draw what comes after it anew."""
        writing, pointed = self.query_one(Writing), self.query_one(TokenStream).pointed
        if writing.text is not None and pointed is not None:
            self._continue(writing.text, pointed, self.query_one(SamplingPanel).seed)

    def on_token_stream_pointed(self) -> None:
        """Show why the token at the cursor was drawn."""
        self.show_why()

    def command_for(self, choice: Choice) -> Generate:
        """Give the request for a text by a choice, with everything as it is set."""
        panel, prompt = self.query_one(SamplingPanel), self.query_one(Prompt).text
        return panel.command(prompt, choice.checkpoint, untrained=choice.untrained)

    def write(self, text: PlayText) -> None:
        """Begin a text."""
        self._leave_why()
        self.query_one(Writing).write(text)

    def show_why(self) -> None:
        """Show the chances at the cursor as the sliders stand; nothing where there is none."""
        writing, pointed = self.query_one(Writing), self.query_one(TokenStream).pointed
        if pointed is None or writing.text is None:
            self.query_one(WhyPanel).clear()
            return
        sampling = self.query_one(SamplingPanel).sampling
        self.query_one(WhyPanel).show(writing.text, writing.written.pieces, pointed, sampling)

    def _continue(self, text: PlayText, tokens: int, seed: int) -> None:
        pieces = self.query_one(Writing).written.pieces[:tokens]
        command = dataclasses.replace(
            self.command_for(text.choice),
            prompt=text.command.prompt,
            ids=tuple(piece.id for piece in pieces),
            seed=seed,
            num_samples=1,
        )
        self.write(PlayText(text.choice, command, tuple(pieces)))

    def _leave_why(self) -> None:
        self.remove_class("-why")
        self.query_one(TokenStream).pointed = None

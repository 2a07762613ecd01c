"""The fields of a new set: which text, how it becomes tokens, what is held out and cleaned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalGroup
from textual.message import Message
from textual.widgets import Input, Static

from ttgpt.engine.data.analysis import Analysis
from ttgpt.engine.data.recipe import ENCODINGS, TOKENIZERS, Recipe

from ...format import grouped
from ...texts.completion import Offered
from ...texts.form import Form, switches
from ..choice_field import Choice, ChoiceField
from ..labelled import Labelled
from ..number_field import NumberField
from ..plain_field import PlainField
from ..scale import Linear, Number
from ..switches import Switch, Switches
from .held_out import HeldOut
from .source_field import SourceField
from .tokenizer_table import WORDS

_LABEL = 11
"""Cells of a label, with the blanks after it."""


class _Length(Linear):
    """Lengths of paragraphs, of which 0 is no limit."""

    def write(self, value: Number) -> str:
        """See `Scale.write`."""
        return grouped(value) if value else "any"


class _Typed(PlainField):
    """A field where Enter prepares, as in those that are not typed in."""

    # An input takes Enter for itself, unseen; the key line shall offer it here too.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "prepare", key_display="Enter", tooltip="Prepare this set"),
    ]


class SetFields(VerticalGroup):
    """The fields below each other."""

    HELP: ClassVar[str] = (
        "tokenizer  characters make a small vocabulary, which small networks learn best; bytes can "
        "write any text; BPE takes pieces of words, so that a block holds more text\n"
        "held out  this part is never trained on, the validation loss is measured there; nothing "
        "is shuffled, so no sentence of it was seen in training\n"
        "cleaning  steps that change the text; all off, it stays as it is, byte for byte; the "
        "figure is how much a step takes out, or would take out (of a long text, from its first "
        "2 MB)\n"
        "paragraphs  shorter and longer ones are left out\n"
        "name  of the set; empty, it is made from the text's name"
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "prepare", "prepare", key_display="Enter", tooltip="Prepare this set"),
    ]

    class Changed(Message):
        """The recipe is another one now.

        Args:
            is_other_text: Whether its sources are others, so that nothing is known of it.
        """

        def __init__(self, *, is_other_text: bool = False) -> None:
            super().__init__()
            self.is_other_text = is_other_text

    class Wanted(Message):
        """The set is to be prepared."""

    class Named(Message):
        """The set has another name, which changes only what is written."""

    def __init__(self) -> None:
        super().__init__()
        self._named_before: tuple[str, ...] = ()
        self._source = SourceField()
        self._field = _Typed("text", "text", id="field")
        self._named = _Typed(id="name")
        self._tokenizer = self._choice("tokenizer", TOKENIZERS, WORDS)
        self._encoding = self._choice("encoding", ENCODINGS, {})
        self._vocabulary = self._number("vocabulary", Linear(257, 2**20, 256, 4096, decimals=0))
        self._vocabulary.value = Recipe().vocab_size
        self._held_out = HeldOut(label_width=_LABEL)
        self._switches = Switches([Switch(*one) for one in switches()])
        lengths = _Length(0, 1_000_000, 10, 100, decimals=0)
        self._shortest = self._number("paragraphs", lengths)
        self._longest = NumberField("to", lengths, 0)

    def compose(self) -> ComposeResult:
        """Put the fields below each other."""
        yield Static("new set", id="new-title", markup=False)
        yield Labelled("source", self._source, _LABEL)
        yield self._encoding
        yield Labelled("field", self._field, _LABEL, id="field-line")
        yield self._tokenizer
        yield self._vocabulary
        yield self._held_out
        yield Static("cleaning", id="cleaning-title", markup=False)
        yield self._switches
        with HorizontalGroup(id="lengths"):
            yield self._shortest
            yield self._longest
        yield Labelled("name", self._named, _LABEL)

    @property
    def form(self) -> Form:
        """What was entered."""
        return Form(
            sources=self._source.sources,
            tokenizer=self._tokenizer.value,
            vocab_size=round(self._vocabulary.value),
            encoding=self._encoding.value,
            text_field=self._field.value or "text",
            percent_held_out=self._held_out.percent,
            held_out_file=self._held_out.file,
            positions=self._switches.positions,
            min_paragraph=round(self._shortest.value),
            max_paragraph=round(self._longest.value),
        )

    @property
    def set_name(self) -> str | None:
        """The name that was entered; None lets one be made."""
        return self._named.value.strip() or None

    @property
    def tokenizer(self) -> str:
        """Which tokenizer is chosen."""
        return self._tokenizer.value

    @property
    def source(self) -> str:
        """What stands in the field for it."""
        return self._source.value

    def begin(self) -> None:
        """Begin a new set; what was entered before stays."""
        self._source.focus()

    def suggest(self, source: str) -> None:
        """Put a source where none was entered."""
        if not self._source.value:
            self._source.value = source

    def offer(self, known: Sequence[Offered]) -> None:
        """Offer these sources."""
        self._source.offer(known)

    def show(self, analysis: Analysis | None) -> None:
        """Say what each switch would do to the text; None while nothing is known of it."""
        facts = analysis.cleaning if analysis is not None else ()
        self._switches.show_figures({fact.step: _figure(fact.removed) for fact in facts})
        self._named.placeholder = analysis.name if analysis is not None else ""
        if analysis is not None:
            self._held_out.offer([one.origin for one in analysis.sources])

    def ask_for_encoding(self) -> None:
        """Show the field of the encoding: now it matters how the files write characters."""
        self.add_class("-encoded")

    def forget_name(self, used: str) -> None:
        """Empty the field of the name where it still holds the one that was used."""
        if self.set_name == used:
            self._named.value = ""

    @property
    def is_at_source(self) -> bool:
        """Whether the text is being named."""
        return self._source.has_focus

    @property
    def is_at_tokenizer(self) -> bool:
        """Whether the tokenizer, or the size of its vocabulary, is being chosen."""
        return self._tokenizer.has_focus or self._vocabulary.has_focus

    @property
    def switch(self) -> Switch | None:
        """The switch that the arrows reached."""
        return self._switches.reached if self._switches.has_focus else None

    def on_input_changed(self, message: Input.Changed) -> None:
        """Tell of another source or setting; a name changes only what is written."""
        message.stop()
        if message.input is self._named:
            self.post_message(self.Named())
            return
        is_source = message.input is self._source
        if is_source:
            self._forget_source()
        self.set_class(".jsonl" in self._source.value, "-fields")
        self.post_message(self.Changed(is_other_text=is_source))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on from the source to what is asked of it; elsewhere prepare."""
        message.stop()
        if message.input is self._source:
            self.screen.focus_next()
        else:
            self.action_prepare()

    def on_choice_field_changed(self, message: ChoiceField.Changed) -> None:
        """Tell of another tokenizer or encoding."""
        message.stop()
        self.set_class(self._tokenizer.value == "bpe", "-bpe")
        self.post_message(self.Changed())

    def on_number_field_changed(self, message: NumberField.Changed) -> None:
        """Tell of another number."""
        message.stop()
        self.post_message(self.Changed())

    def on_held_out_changed(self, message: HeldOut.Changed) -> None:
        """Tell of another part held out."""
        message.stop()
        self.post_message(self.Changed())

    def on_switches_changed(self, message: Switches.Changed) -> None:
        """Tell of another way to clean."""
        message.stop()
        self.post_message(self.Changed())

    def action_prepare(self) -> None:
        """Ask for the set."""
        self.post_message(self.Wanted())

    def _forget_source(self) -> None:
        """Take back what was chosen for another source."""
        self._held_out.offer(())
        now = self._source.sources
        if not set(now) & set(self._named_before):
            self._encoding.value = ENCODINGS[0]
            self.remove_class("-encoded")
        self._named_before = now

    def _choice(self, label: str, values: Sequence[str], words: dict[str, str]) -> ChoiceField:
        choices = [Choice(value, words.get(value, value)) for value in values]
        return ChoiceField(label, choices, label_width=_LABEL, id=label)

    def _number(self, label: str, scale: Linear) -> NumberField:
        return NumberField(label, scale, scale.start, label_width=_LABEL, id=label)


def _figure(removed: int) -> str:
    """Write how much a step takes out in four cells."""
    for limit, unit, letter in ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if removed >= limit:
            return f"{removed / unit:.0f}{letter}"
    return str(removed) if removed else ""

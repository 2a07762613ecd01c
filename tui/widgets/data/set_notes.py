"""Below the form: what helps with the field in focus, advice, and what will be written."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from ttgpt.engine.data.analysis import Analysis, CleaningFact
from ttgpt.engine.data.meta import token_bytes
from ttgpt.engine.errors import TtgptError

from ...format import grouped, one_line, size
from ...texts.blocks import usual_block_size
from ..offer_list import OfferList
from ..switches import Switch
from .advice_list import AdviceList
from .source_field import SourceField
from .tokenizer_table import TokenizerTable


class SetNotes(Vertical):
    """Offers while a source is typed, the tokenizers while one is chosen, and the advice."""

    DEFAULT_CSS = """
    SetNotes { height: 1fr; margin-top: 1; }
    SetNotes > TokenizerTable { display: none; }
    SetNotes > OfferList { display: none; height: 1fr; }
    SetNotes > AdviceList { height: 1fr; }
    SetNotes > .writes { height: 1; }
    SetNotes.-tokenizers > TokenizerTable { display: block; }
    SetNotes.-offers {
        & > OfferList { display: block; }
        & > AdviceList { display: none; }
        &.-refused > AdviceList { display: block; height: auto; max-height: 6; }
        &.-undecided > AdviceList { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._analysis: Analysis | None = None
        self._hint = ""
        self._offers = OfferList()
        self._table = TokenizerTable()
        self._advice = AdviceList()
        self._writes = Static("", classes="writes quiet", markup=False)

    def compose(self) -> ComposeResult:
        """Put the parts below each other; the rest of the place is for the advice."""
        yield self._table
        yield self._advice
        yield self._offers
        yield self._writes

    def show(self, analysis: Analysis | None, tokenizer: str, name: str | None) -> None:
        """Show what is known of a text.

        Args:
            analysis: None while nothing is known.
            tokenizer: The chosen one.
            name: What the set shall be called; None leaves that open.
        """
        self._analysis = analysis
        self.remove_class("-refused")
        if analysis is None:
            self._table.show((), "", 0)
            self._writes.update("")
        else:
            self._table.show(analysis.tokenizers, tokenizer, usual_block_size(analysis))
            self._writes.update(_what_is_written(analysis, name))
        self._show_advice()

    def tell(self, doing: str) -> None:
        """Say what is being done, where nothing is known yet."""
        if self._analysis is None:
            self._writes.update(one_line(doing))

    def show_error(self, error: TtgptError) -> None:
        """Show why nothing can be made of it."""
        self.show(None, "", None)
        self.add_class("-refused")
        self._advice.show_error(error)

    def show_offers(self, message: SourceField.Offers) -> None:
        """Show what could stand in the source's field; an error is none while one is chosen."""
        self.set_class(bool(message.offered) and message.marked is None, "-undecided")
        self._offers.show(message.offered, message.marked)

    def help_with(self, *, source: bool, tokenizer: bool, switch: Switch | None) -> None:
        """Show what helps with the field in focus."""
        self.set_class(source, "-offers")
        self.set_class(tokenizer, "-tokenizers")
        self._hint = self._sentences(switch) if switch is not None else ""
        self._show_advice()

    def _show_advice(self) -> None:
        if not self.has_class("-refused"):
            self._advice.show(self._analysis.advice if self._analysis else (), self._hint)

    def _sentences(self, switch: Switch) -> str:
        facts = self._analysis.cleaning if self._analysis is not None else ()
        told = [_sentence(fact) for fact in facts if fact.step == switch.key]
        return " ".join([switch.about, *told])


def _what_is_written(found: Analysis, name: str | None) -> str:
    if found.prepared_as and name in (None, found.prepared_as):
        return f"prepared already: {one_line(found.prepared_as)}"
    tokens = found.train_tokens + found.val_tokens
    about = "≈" if found.is_estimate else ""
    on_disk = size(tokens * token_bytes(found.vocab_size))
    return f"writes data/{one_line(name or found.name)}, {about}{on_disk}"


def _sentence(fact: CleaningFact) -> str:
    if not fact.removed:
        return f"There is nothing to do{fact.place or ' here'}."
    verb = "It changes" if fact.is_on else "It would change"
    return f"{verb} {grouped(fact.removed)} {fact.unit}{fact.place}."

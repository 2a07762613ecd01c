"""What each tokenizer would make of the text, before one is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from ttgpt.engine.data.analysis import TokenizerFact

from ...format import NOTHING, count, grouped, one_line
from ..lines import Lines

WORDS = {"char": "characters", "byte": "bytes", "bpe": "BPE", "gpt2": "GPT-2 BPE"}


class TokenizerTable(Lines):
    """One a line: the vocabulary, the length of the text in tokens, what a block holds."""

    DEFAULT_CSS = """
    TokenizerTable { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._facts: Sequence[TokenizerFact] = ()
        self._chosen = ""
        self._block_size = 0

    def show(self, facts: Sequence[TokenizerFact], chosen: str, block_size: int) -> None:
        """Show what was measured, and which one is chosen."""
        self._facts, self._chosen, self._block_size = facts, chosen, block_size
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the heading and the lines."""
        if not self._facts:
            return []
        block = f"block {grouped(self._block_size)} holds" if self._block_size else ""
        heading = f"  {'':<10}{'vocab':>7}{'tokens':>8}"
        last = block if len(block) < width - len(heading) else "holds" if block else ""
        lines = [Content.styled(heading + last.rjust(width - len(heading)), "dim")]
        return lines + [self._line(fact, width) for fact in self._facts]

    def _line(self, fact: TokenizerFact, width: int) -> Content:
        chosen = fact.kind == self._chosen
        mark = ("▸ " if chosen else "  ", "$accent")
        words = f"{WORDS.get(fact.kind, fact.kind):<10}"
        if fact.problem:
            room = width - 2 - len(words) - 2
            why = one_line(fact.problem)
            why = why if len(why) <= room else fact.brief_problem
            return Content.assemble(mark, (words, "dim"), (f"  {why}", "dim"))
        about = "≈" if fact.is_estimate else ""
        figures = f"{grouped(fact.vocab_size):>7}{about + count(fact.tokens):>8}"
        holds = f"{grouped(self._holds(fact))} chars" if self._block_size else NOTHING
        room = max(0, width - 2 - len(words) - len(figures))
        return Content.assemble(
            mark, (words, "bold" if chosen else ""), figures, (holds.rjust(room), "dim")
        )

    def _holds(self, fact: TokenizerFact) -> float:
        return self._block_size * fact.characters_per_token

"""A prepared set in figures, and a few places of it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from ttgpt.engine.data.meta import Meta

from ...format import grouped, loss, one_line, size, visible
from ...texts.shelf import Row
from ..lines import Lines
from .tokenizer_table import WORDS

_LABEL = 11


class SetFigures(Lines):
    """The marked set."""

    def __init__(self) -> None:
        super().__init__()
        self._row: Row | None = None
        self._samples: Sequence[str] = ()

    def show(self, row: Row | None, samples: Sequence[str]) -> None:
        """Show a set with samples decoded from it; None where there is none."""
        self._row, self._samples = row, samples
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the figures, then as much of the samples as there is room for."""
        if self._row is None:
            return []
        head = Content.styled(one_line(self._row.name), "bold")
        meta = self._row.set.meta
        if meta is None:
            why = Content.styled(one_line(self._row.set.problem), "$error")
            return [head, *why.wrap(max(4, width))]
        lines = [head]
        for label, words in _facts(self._row, meta):
            lines += _row(label, words, width)
        for text in self._samples:
            lines += [Content.styled("─" * (width - 1), "dim")]
            for line in visible(text).strip("\n").split("\n"):
                lines += Content(line).wrap(max(4, width)) or [Content("")]
        return lines


def _facts(row: Row, meta: Meta) -> list[tuple[str, str]]:
    tokenizer = WORDS.get(meta.tokenizer, meta.tokenizer)
    mark = "≈" if meta.is_loss_estimate else ""
    counts, pairs = (mark + loss(value, 2) for value in (meta.unigram_loss, meta.bigram_loss))
    return [
        ("source", one_line(meta.source)),
        ("tokens", f"{grouped(meta.train_tokens)} + {grouped(meta.val_tokens)} held out"),
        ("tokenizer", f"{tokenizer}, {grouped(meta.vocab_size)}"),
        ("size", f"{size(row.bytes)}, {grouped(meta.characters)} characters"),
        ("loss", f"counts {counts}   pairs {pairs}"),
        ("runs", _runs(row)),
    ]


def _runs(row: Row) -> str:
    return ", ".join(f"{one_line(use.run)} ({use.state})" for use in row.uses) or "none yet"


def _row(label: str, words: str, width: int) -> list[Content]:
    wrapped = Content(words).wrap(max(4, width - _LABEL))
    head = Content.styled(f"{label:<{_LABEL}}", "dim")
    return [(Content(" " * _LABEL) if at else head) + line for at, line in enumerate(wrapped)]

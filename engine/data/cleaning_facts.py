"""What each cleaning step does to a text, or would do: a count and the first place it changes."""

from __future__ import annotations

from dataclasses import replace

from .analysis import FIRST_PART, CleaningFact
from .cleaning import Step, clean
from .cleaning_steps import steps_of
from .codepoints import blocks
from .corpus import Corpus
from .recipe import Cleaning, Recipe

_OFFERED = Cleaning(
    gutenberg=True,
    line_ends=True,
    unicode="NFC",
    control_characters=True,
    metadata_lines=True,
    blank_lines=True,
    repeats=True,
)
_LENGTHS = ("min_paragraph", "max_paragraph")


def cleaning_facts(recipe: Recipe, corpus: Corpus) -> tuple[CleaningFact, ...]:
    """Tell of every step: those that are on from the whole text, the others from its beginning."""
    acted = {step.name: step for step in corpus.steps}
    parts, is_all = _beginning(corpus)
    facts = []
    for step in steps_of(replace(_OFFERED, min_paragraph=1, max_paragraph=10**9)):
        if step.name in acted:
            facts.append(_fact(acted[step.name], is_on=True, is_estimate=False))
            continue
        if step.name not in _LENGTHS:  # without a length there is nothing to try
            for _ in clean(parts, [step]):
                pass
        facts.append(_fact(step, is_on=False, is_estimate=not is_all))
    return (*facts, _rare(recipe, corpus))


def _beginning(corpus: Corpus) -> tuple[list[str], bool]:
    parts: list[str] = []
    size = 0
    for piece in [*corpus.train, *corpus.val]:
        for block in blocks(piece):
            if size >= FIRST_PART:
                return parts, False
            parts.append(str(block, "utf-8"))
            size += len(block)
    return parts, True


def _fact(step: Step, *, is_on: bool, is_estimate: bool) -> CleaningFact:
    return CleaningFact(
        step=step.name,
        is_on=is_on,
        removed=step.removed,
        unit=step.unit,
        before=step.before,
        after=step.after,
        is_estimate=is_estimate,
    )


def _rare(recipe: Recipe, corpus: Corpus) -> CleaningFact:
    """Tell of the characters that occur too rarely; were it off, of those that occur once."""
    removed = {one.step: one.removed for one in corpus.removed}
    once = int((corpus.seen.counts == 1).sum())
    return CleaningFact(
        step="drop_rare",
        is_on=recipe.drop_rare > 0,
        removed=removed.get("drop_rare", once),
        unit="characters",
        before="",
        after="",
        is_estimate=False,
    )

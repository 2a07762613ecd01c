"""How far a model has come: guessing, letters, format, words, fluent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .finding import Finding
from .words import Reference, headings, known_share, pair_share, whole_words

STAGES = ("guessing", "letters", "format", "words", "fluent")
_TITLES = dict(zip(STAGES, (
    "guessing", "letters", "format emerges", "words emerge", "fluent",
), strict=True))  # fmt: skip

_GUESSING = 0.95
"""Share of ln V above which a loss is that of guessing."""
_FEWEST_WORDS = 8
"""Words without which samples are not judged by their words."""
_FORMAT = 0.5
"""Share of speeches that begin with a name and a colon."""
_WORDS = 0.6
"""Share of known words, in parts of what the held-out text reaches. Random letters in groups of
three or more reach 0.1; a character model at a loss of 2, where it misspells every other word,
about 0.5."""
_FLUENT, _FLUENT_PAIRS = 0.95, 0.6
"""The same for fluent text; its pairs of words too, or a salad of real words would pass."""


@dataclass(frozen=True)
class Standing:
    """A stage with the evidence for it."""

    stage: str
    evidence: str

    def finding(self, step: int) -> Finding:
        """Make the finding that tells of it."""
        return Finding("stage", "info", step, _TITLES[self.stage], self.evidence)


def standing(
    samples: Sequence[str],
    loss: float,
    guessing: float,
    known: Reference,
    earlier: Sequence[str] = (),
) -> Standing | None:
    """Judge the samples of one step.

    Args:
        samples: What the model wrote there, without the prompts.
        loss: Newest loss in nats per token.
        guessing: ln of the vocabulary's size.
        known: The run's own text.
        earlier: The samples before: one alone holds few speeches.
    """
    if loss > _GUESSING * guessing:
        return Standing("guessing", f"loss {loss:.2f}; guessing is {guessing:.2f}")
    found = [word for text in samples for word in whole_words(text)]
    share, judged = known_share(found, known)
    if share is None or judged < _FEWEST_WORDS:
        return None
    of_words = f"{percent(share)} of words occur in the text"
    usual = f" (held-out text: {percent(known.known)})"
    if share >= _WORDS * known.known:
        pairs = pair_share(found, known) or 0.0
        if share < _FLUENT * known.known or pairs < _FLUENT_PAIRS * known.known_pairs:
            return Standing("words", of_words + usual)
        of_pairs = f"{percent(pairs)} of word pairs (held-out text: {percent(known.known_pairs)})"
        return Standing("fluent", f"{of_words}{usual}, {of_pairs}")
    with_name, blocks = _speeches([*earlier, *samples])
    if known.is_play and blocks and with_name >= _FORMAT * blocks:
        speeches = f"a name and a colon open {with_name} of {blocks} speeches lately"
        return Standing("format", f"{speeches}; {of_words}")
    return Standing("letters", of_words + usual)


def _speeches(samples: Sequence[str]) -> tuple[int, int]:
    """Count speeches whose first line the model wrote whole, and those that begin with a name."""
    begun = [text.partition("\n\n")[2].rpartition("\n")[0] for text in samples]
    counted = [headings(text) for text in begun]
    return sum(names for names, _ in counted), sum(blocks for _, blocks in counted)


def percent(share: float) -> str:
    """Write a share: 61 %."""
    return f"{100 * share:.0f} %"

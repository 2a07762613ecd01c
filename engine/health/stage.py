"""How far a model has come: guessing, letters, format, words, fluent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .. import events
from .finding import Finding
from .words import Reference, headings, known_share, pair_share, whole_words

STAGES = ("guessing", "letters", "format", "words", "fluent")
_TITLES = dict(zip(STAGES, (
    "guessing", "letters", "format emerges", "words emerge", "fluent",
), strict=True))  # fmt: skip

_GUESSING = 0.1
"""Part of the way from the loss by frequencies up to ln V, above which a loss is that of guessing:
a network first learns how frequent each token is."""
_EARLIER = 3
"""Steps with samples that are kept to judge the newest ones with, where these are short."""
_ENOUGH_WORDS = 40
"""Words to judge by, if need be with those of earlier samples: fewer would go up and down."""
_FEWEST_WORDS = 8
"""Words without which samples are not judged by their words."""
_FEWEST_SPEECHES = 3
_FORMAT = 0.5
"""Share of speeches that begin with a name and a colon."""
_WORDS = 0.6
"""Share of known words, in parts of what the held-out text reaches. Random letters in groups of
three or more reach 0.1; a character model at a loss of 2, where it misspells every other word,
about 0.5."""
_FLUENT, _FLUENT_PAIRS = 0.95, 0.8
"""The same for fluent text; its pairs of words too, or a salad of real words would pass."""
_RECITES = 0.5
"""Part of the way from the held-out text's known pairs to all pairs, beyond which they are too many
for text that is new."""
_HAS_WORDS = 0.3
"""Share of the held-out text's words that must be known. Less, and what the words are cannot be
told from spaces, as in Chinese."""


def is_lower(title: str, than: str) -> bool:
    """Say whether one stage, by the words of its event, comes before another."""
    order = list(_TITLES.values())
    return title in order and than in order and order.index(title) < order.index(than)


class ByChance(NamedTuple):
    """Losses that need no network, in nats per token."""

    guessing: float
    """ln of the vocabulary's size: all tokens alike."""
    frequencies: float
    """When only each token's frequency is known."""

    def is_guessing(self, loss: float) -> bool:
        """Say whether a loss is as good as guessing."""
        frequencies = min(self.frequencies, self.guessing)
        return loss > frequencies + _GUESSING * (self.guessing - frequencies)

    def against(self, loss: float) -> str:
        """Put a loss beside them."""
        return (
            f"loss {loss:.2f}; guessing {self.guessing:.2f}, by frequencies {self.frequencies:.2f}"
        )


@dataclass(frozen=True)
class Standing:
    """A stage with the evidence for it."""

    stage: str
    evidence: str

    def told(self, step: int) -> events.Health:
        """Make the event that tells of it."""
        return Finding("stage", "info", step, _TITLES[self.stage], self.evidence).told(step)


class Stages:
    """Follows the stage that a run has reached; told again where its evidence is newer.

    Args:
        by_chance: What losses are measured against.
    """

    def __init__(self, by_chance: ByChance) -> None:
        self._by_chance = by_chance
        self._stage = ""
        self._earlier: deque[Sequence[str]] = deque(maxlen=_EARLIER)

    def learned(self, step: int, loss: float) -> Iterator[events.Health]:
        """Take in a loss: between two samples it alone tells that guessing is over."""
        if self._stage == "guessing" and not self._by_chance.is_guessing(loss):
            self._stage = "letters"
            yield Standing("letters", self._by_chance.against(loss)).told(step)

    def wrote(
        self, texts: Sequence[str], step: int, loss: float, known: Reference
    ) -> Iterator[events.Health]:
        """Take in all samples of a step."""
        earlier = [text for step_texts in self._earlier for text in step_texts]
        self._earlier.append(texts)
        found = standing(texts, loss, self._by_chance, known, earlier)
        # One that is reached stays: samples vary, and a model that breaks is told of otherwise.
        if found is not None and (
            not self._stage or STAGES.index(found.stage) >= STAGES.index(self._stage)
        ):
            self._stage = found.stage
            yield found.told(step)


def standing(
    samples: Sequence[str],
    loss: float,
    by_chance: ByChance,
    known: Reference,
    earlier: Sequence[str] = (),
) -> Standing | None:
    """Judge the samples of one step.

    Args:
        samples: What the model wrote there, without the prompts.
        loss: Newest loss in nats per token.
        by_chance: What the loss is measured against.
        known: The run's own text.
        earlier: The samples before, by step: one alone holds few words and speeches.
    """
    if by_chance.is_guessing(loss):
        return Standing("guessing", by_chance.against(loss))
    found = _enough_words(samples, earlier)
    share, judged = known_share(found, known)
    if share is None or judged < _FEWEST_WORDS or known.known < _HAS_WORDS:
        return None
    of_words = f"{percent(share)} of {judged} words occur in the text"
    usual = f" (held-out: {percent(known.known)})"
    if share >= _WORDS * known.known:
        return _with_words(found, share, of_words + usual, known)
    with_name, blocks = _speeches([*earlier, *samples])
    if known.is_play and blocks >= _FEWEST_SPEECHES and with_name >= _FORMAT * blocks:
        speeches = f"a name and a colon open {with_name} of {blocks} speeches lately"
        return Standing("format", f"{speeches}; {of_words}")
    return Standing("letters", of_words + usual)


def _with_words(found: list[str], share: float, of_words: str, known: Reference) -> Standing:
    """Tell fluent text from a salad of real words, by its pairs of neighbours."""
    pairs = pair_share(found, known) or 0.0
    if share < _FLUENT * known.known or pairs < _FLUENT_PAIRS * known.known_pairs:
        return Standing("words", of_words)
    of_pairs = f"{percent(pairs)} of word pairs (held-out: {percent(known.known_pairs)})"
    recites = pairs > known.known_pairs + _RECITES * (1 - known.known_pairs)
    but = "; so many that it may recite" if recites else ""
    return Standing("fluent", f"{of_words}, {of_pairs}{but}")


def _enough_words(samples: Sequence[str], earlier: Sequence[str]) -> list[str]:
    """Give the words of the samples, and of earlier ones as long as there are few."""
    found = [word for text in samples for word in whole_words(text)]
    for text in reversed(earlier):
        if len(found) >= _ENOUGH_WORDS:
            break
        found = whole_words(text) + found
    return found


def _speeches(samples: Sequence[str]) -> tuple[int, int]:
    """Count speeches whose first line the model wrote whole, and those that begin with a name."""
    begun = [text.partition("\n\n")[2].rpartition("\n")[0] for text in samples]
    counted = [headings(text) for text in begun]
    return sum(names for names, _ in counted), sum(blocks for _, blocks in counted)


def percent(share: float) -> str:
    """Write a share: 61 %."""
    return f"{100 * share:.0f} %"

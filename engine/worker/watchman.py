"""Watches the training job beside it: adds to its events what they say about the run."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence

from .. import events
from ..backends import Session
from ..config import TrainConfig
from ..data.mapped import DataSet
from ..health.finding import Evaluation
from ..health.monitor import Monitor
from ..health.stage import ByChance
from ..health.words import Reference, known_share, reference, repeated_share, whole_words

_MOST_TRAIN, _MOST_VAL = 2_000_000, 200_000
"""Tokens of each part that are read for what words are: about a second's work, done once."""


class Watchman:
    """Gives each event on, followed by the findings that it leads to.

    Args:
        session: The model; asked for its norm gains at evaluations.
        data: The run's text.
        train: For the steps of the warm-up.
        before: Evaluations from before, where the run goes on from a checkpoint.
    """

    def __init__(
        self,
        session: Session,
        data: DataSet,
        train: TrainConfig,
        before: Sequence[Evaluation] = (),
    ) -> None:
        self._session = session
        self._data = data
        by_chance = ByChance(math.log(data.meta.vocab_size), data.meta.unigram_loss)
        self._monitor = Monitor(by_chance, train.warmup_steps, before)
        self._known: Reference | None = None
        self._texts: list[str] = []
        self._texts_step = -1

    def watch(self, event: events.Event) -> Iterator[events.Event]:
        """Give the event, and what follows from it."""
        # Samples of a step are judged together, when the last of them is known to be there.
        if self._texts and not isinstance(event, events.Sample):
            texts, self._texts = self._texts, []
            yield from self._monitor.sampled(texts, self._texts_step, self._reference)
        if isinstance(event, events.Sample):
            yield self._measured(event)
            return
        if isinstance(event, events.Health) and event.kind == "not_finite":
            yield event if event.is_over else self._monitor.dated(event)
            return
        yield event
        if isinstance(event, events.Step):
            yield from self._monitor.stepped(event)
        elif isinstance(event, events.Evaluated):
            yield from self._monitor.evaluated(event, self._spreads())

    def _measured(self, sample: events.Sample) -> events.Sample:
        self._texts.append(sample.text)
        self._texts_step = sample.step
        found = whole_words(sample.text)
        known, _ = known_share(found, self._reference)
        repeated = repeated_share(found)
        return dataclasses.replace(
            sample,
            known_words=math.nan if known is None else round(known, 4),
            repeated=math.nan if repeated is None else round(repeated, 4),
        )

    def _spreads(self) -> dict[str, float]:
        gains = self._session.norm_gains()
        return {name: float(gain.max() - gain.min()) for name, gain in gains.items()}

    @property
    def _reference(self) -> Reference:
        if self._known is None:
            decode = self._data.tokenizer.decode
            train, val = self._data.train[:_MOST_TRAIN], self._data.val[:_MOST_VAL]
            self._known = reference(decode(train.tolist()), decode(val.tolist()))
        return self._known

"""Turns what a run does into findings, each told when it begins to hold and when it is over."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from .. import events
from .diverging import Diverging
from .finding import Evaluation, Finding
from .flat import FlatAtRandom
from .frozen import frozen
from .overfitting import overfitting
from .plateau import plateau
from .slow import Slow
from .stage import STAGES, Standing, standing
from .words import Reference

BREAKING = ("diverging",)
"""Findings on which a run pauses by default; not finite losses are found by the trainer itself."""

_EARLIER = 3
"""Steps with samples that are kept to judge the format."""


class Monitor:
    """Watches one worker's part of a run.

    Args:
        guessing: ln of the vocabulary's size, in nats.
        warmup_steps: Steps in which the learning rate climbs.
        evaluations: Those from before, where the run goes on from a checkpoint.
    """

    def __init__(
        self, guessing: float, warmup_steps: int, evaluations: Sequence[Evaluation] = ()
    ) -> None:
        self._guessing = guessing
        self._evaluations = list(evaluations)
        done = self._evaluations[-1].step if self._evaluations else 0
        best = min((one.train_loss for one in self._evaluations), default=math.inf)
        self._diverging = Diverging(guessing, best)
        self._flat = FlatAtRandom(guessing, warmup_steps, done)
        self._slow = Slow()
        self._holds: dict[str, Finding] = {}
        self._stage = ""
        self._texts: deque[Sequence[str]] = deque(maxlen=_EARLIER)
        self._lower_before = ""
        self._loss = self._evaluations[-1].val_loss if self._evaluations else math.nan
        self._lr = 0.0

    def stepped(self, step: events.Step) -> Iterator[events.Health]:
        """Take in a logged step."""
        self._lr = step.lr
        number = step.step
        yield from self._tell("diverging", self._diverging.take(number, step.loss), number)
        yield from self._tell("flat_at_random", self._flat.take(number, step.loss, step.lr), number)
        yield from self._tell("slow", self._slow.take(number, step.ms), number)

    def evaluated(
        self, found: events.Evaluated, spreads: Mapping[str, float]
    ) -> Iterator[events.Health]:
        """Take in an evaluation, with the spread of each norm gain at its step."""
        step = found.step
        yield from self._tell("frozen_parameters", frozen(spreads, step, self._lr), step)
        if not (math.isfinite(found.train_loss) and math.isfinite(found.val_loss)):
            return
        self._loss = found.val_loss
        self._evaluations = [one for one in self._evaluations if one.step < step]
        self._evaluations.append(Evaluation(step, found.train_loss, found.val_loss))
        over = overfitting(self._evaluations)
        yield from self._tell("overfitting", over, step)
        flat = None if over else plateau(self._evaluations, self._guessing)
        yield from self._tell("plateau", flat, step)

    def sampled(self, texts: Sequence[str], step: int, known: Reference) -> Iterator[events.Health]:
        """Take in all samples of a step."""
        loss = self._loss if math.isfinite(self._loss) else self._guessing
        earlier = [text for step_texts in self._texts for text in step_texts]
        self._texts.append(texts)
        found = standing(texts, loss, self._guessing, known, earlier)
        if found is not None and self._has_moved(found):
            self._stage, self._lower_before = found.stage, ""
            yield found.finding(step).told(step)

    def _has_moved(self, found: Standing) -> bool:
        """A higher stage counts at once; a lower one when it is met twice: samples vary."""
        if found.stage == self._stage:
            self._lower_before = ""
            return False
        if not self._stage or STAGES.index(found.stage) > STAGES.index(self._stage):
            return True
        is_second, self._lower_before = bool(self._lower_before), found.stage
        return is_second

    def _tell(self, kind: str, found: Finding | None, step: int) -> Iterator[events.Health]:
        held = self._holds.pop(kind, None)
        if found is not None:
            self._holds[kind] = found
        if found is not None and held is None:
            yield found.told(step)
        elif found is None and held is not None:
            yield held.over(step)

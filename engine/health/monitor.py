"""Turns what a run does into findings, each told when it begins to hold and when it is over."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from .. import events
from .diverging import Diverging, risen
from .finding import Evaluation, Finding
from .flat import FlatAtRandom
from .frozen import frozen
from .overfitting import overfitting
from .plateau import plateau
from .slow import Slow
from .stage import ByChance, Stages
from .words import Reference

BREAKING = ("diverging",)
"""Findings on which a run pauses by default; not finite losses are found by the trainer itself."""


class Monitor:
    """Watches one worker's part of a run.

    Args:
        by_chance: Losses that need no network.
        warmup_steps: Steps in which the learning rate climbs.
        evaluations: Those from before, where the run goes on from a checkpoint.
    """

    def __init__(
        self, by_chance: ByChance, warmup_steps: int, evaluations: Sequence[Evaluation] = ()
    ) -> None:
        self._guessing = guessing = by_chance.guessing
        self._evaluations = list(evaluations)
        done = self._evaluations[-1].step if self._evaluations else 0
        best = min((one.train_loss for one in self._evaluations), default=math.inf)
        self._diverging = Diverging(guessing, best)
        self._flat = FlatAtRandom(guessing, warmup_steps, done)
        self._slow = Slow()
        self._stages = Stages(by_chance)
        self._holds: dict[str, Finding] = {}
        self._recent: deque[float] = deque(maxlen=3)
        self._lr = 0.0
        if self._evaluations:
            self._recent.append(self._evaluations[-1].train_loss)

    def stepped(self, step: events.Step) -> Iterator[events.Health]:
        """Take in a logged step."""
        self._lr = step.lr
        if math.isfinite(step.loss):  # else what held before still holds, and nothing new is known
            yield from self._learned(step)
        yield from self._tell("slow", self._slow.take(step.step, step.ms), step.step)

    def _learned(self, step: events.Step) -> Iterator[events.Health]:
        number = step.step
        if "risen" not in self._holds:
            found = self._diverging.take(number, step.loss)
            yield from self._tell("diverging", found, number)
        flat = self._flat.take(number, step.loss, step.lr)
        yield from self._tell("flat", None if self._is_broken else flat, number)
        self._recent.append(step.loss)
        yield from self._stages.learned(number, self._loss)

    def evaluated(
        self, found: events.Evaluated, spreads: Mapping[str, float]
    ) -> Iterator[events.Health]:
        """Take in an evaluation, with the spread of each norm gain at its step."""
        step = found.step
        yield from self._tell("frozen", frozen(spreads, step, self._lr), step, again=True)
        if not (math.isfinite(found.train_loss) and math.isfinite(found.val_loss)):
            return
        self._recent.append(found.train_loss)
        self._evaluations = [one for one in self._evaluations if one.step < step]
        self._evaluations.append(Evaluation(step, found.train_loss, found.val_loss))
        broken = None if "diverging" in self._holds else risen(self._evaluations)
        yield from self._tell("risen", broken, step)
        by_heart = overfitting(self._evaluations, held="overfitting" in self._holds)
        yield from self._tell("overfitting", by_heart, step, again=True)
        is_other = by_heart or self._is_broken
        still = None if is_other else plateau(self._evaluations, self._guessing)
        yield from self._tell("plateau", still, step, again=True)

    def sampled(self, texts: Sequence[str], step: int, known: Reference) -> Iterator[events.Health]:
        """Take in all samples of a step."""
        if not self._is_broken:
            yield from self._stages.wrote(texts, step, self._loss, known)

    def dated(self, broken: events.Health) -> events.Health:
        """Date a loss that is not finite back to where it began to climb: no later one is good."""
        since = self._diverging.up_since
        if since is None or since >= broken.since:
            return broken
        evidence = f"{broken.evidence}; the loss was up since step {since:,}"
        return replace(broken, since=since, evidence=evidence)

    @property
    def _is_broken(self) -> bool:
        return "diverging" in self._holds or "risen" in self._holds

    @property
    def _loss(self) -> float:
        """The middle one of the newest training losses; others mislead where it overfits."""
        found = sorted(self._recent)
        return found[len(found) // 2] if found else self._guessing

    def _tell(
        self, name: str, found: Finding | None, step: int, *, again: bool = False
    ) -> Iterator[events.Health]:
        """Tell of a finding that begins, of one that is over, and of newer figures if wanted."""
        held = self._holds.pop(name, None)
        if found is not None:
            self._holds[name] = found
            if held is None or (again and found != held):
                yield found.told(step)
        elif held is not None:
            yield held.over(step)

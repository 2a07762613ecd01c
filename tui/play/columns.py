"""What stands side by side: who writes, with which values."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

from ttgpt.engine.commands import Generate

from ..format import grouped, loss, one_line
from ..sampling import Sampling
from .choices import UNTRAINED, Choice

MOST = 4


@dataclass(frozen=True)
class Column:
    """One of the texts that are compared."""

    choice: Choice
    sampling: Sampling

    def of_step(self, step: int) -> Column:
        """Give the column with the live weights of a step, whose loss nobody measured."""
        choice = dataclasses.replace(self.choice, step=step, val_loss=math.nan)
        return dataclasses.replace(self, choice=choice)

    @property
    def step(self) -> int | None:
        """The step of its weights; None where they are live and not known."""
        return 0 if self.choice.untrained else self.choice.step

    @property
    def figures(self) -> str:
        """Step and validation loss, or that it is untrained."""
        if self.choice.untrained:
            return UNTRAINED
        known = not math.isnan(self.choice.val_loss)
        return f"{grouped(self.step)} {loss(self.choice.val_loss)}" if known else grouped(self.step)

    @property
    def title(self) -> str:
        """Who writes."""
        return f"{one_line(self.choice.name)} {self.figures}"

    @property
    def values(self) -> str:
        """Its sampling values in a short line."""
        written = self.sampling.written
        return f"T {written['temperature']} k {written['top-k']} p {written['top-p']}"

    def command(self, base: Generate, seed: int) -> Generate:
        """Give the request for its text."""
        return dataclasses.replace(
            base,
            checkpoint=self.choice.checkpoint,
            untrained=self.choice.untrained,
            temperature=self.sampling.temperature,
            top_k=self.sampling.top_k,
            top_p=self.sampling.top_p,
            repetition_penalty=self.sampling.repetition_penalty,
            seed=seed,
            num_samples=1,
            ids=(),
        )


def first_columns(choices: Sequence[Choice], chosen: Choice, sampling: Sampling) -> list[Column]:
    """Give two columns: the chosen one, and what it is most telling to see beside it.

    That is another run's best, else the untrained weights, else the chosen one again, greedy.
    """
    others = [c for c in stages(choices) if c.run != chosen.run]
    others += [c for c in choices if c.untrained and c.run == chosen.run and c.key != chosen.key]
    if others:
        return [Column(chosen, sampling), Column(others[0], sampling)]
    return [Column(chosen, sampling), Column(chosen, dataclasses.replace(sampling, temperature=0))]


def by_now(choice: Choice, choices: Sequence[Choice]) -> Choice:
    """Give what a choice has become: itself, or what its run has in its place.

    A run that trains drops old checkpoints, and its live weights end with it. The best one gives
    way to the best, untrained weights are read by another checkpoint, all else is now the newest.
    """
    same = [c for c in choices if c.key == choice.key]
    of_run = [
        c
        for c in choices
        if c.run == choice.run and c.untrained == choice.untrained and not c.is_live
    ]
    best = [c for c in of_run if "best" in choice.marks and "best" in c.marks]
    return (same or best or of_run or [choice])[0]


def stages(choices: Sequence[Choice]) -> list[Choice]:
    """Give the best checkpoint of each run, else its newest, at most as many as fit."""
    found: dict[object, Choice] = {}
    for choice in choices:
        if choice.untrained or choice.is_live:
            continue
        if choice.run not in found or "best" in choice.marks:
            found[choice.run] = choice
    return list(found.values())[:MOST]

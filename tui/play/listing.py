"""The list of choices as it is shown: in an order, through a filter, with the live figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from .choices import Choice
from .ordering import BY_RUN, after, arranged


class Listing:
    """All choices, and which of them are shown."""

    def __init__(self) -> None:
        self.shown: list[Choice] = []
        """What is shown, in its order."""
        self.order = BY_RUN
        self.wanted = ""
        """What was typed to filter by."""
        self.all: Sequence[Choice] = ()
        """What there is, by run."""

    def show(self, choices: Sequence[Choice]) -> None:
        """Take a new list."""
        self.all = choices
        self.shown = arranged(choices, self.order, self.wanted)

    def next_order(self) -> None:
        """Go to the next order."""
        self.order = after(self.order)

    def place_of(self, before: Choice | None) -> int:
        """Find a choice again, or its run's newest where it is gone, else the first."""
        if before is None:
            return 0
        same = [i for i, choice in enumerate(self.shown) if choice.key == before.key]
        of_run = [i for i, choice in enumerate(self.shown) if choice.run == before.run]
        return (same or of_run or [0])[0]

    def find(self, checkpoint: str, run: str, *, untrained: bool) -> int | None:
        """Find a checkpoint, or a run's live weights; None when it is not shown."""
        return _place(self.shown, checkpoint, run, untrained=untrained)

    def has(self, checkpoint: str, run: str, *, untrained: bool) -> bool:
        """Say whether a checkpoint, or a run's live weights, is there, shown or not."""
        return _place(self.all, checkpoint, run, untrained=untrained) is not None

    def update_live(self, run: Path, step: int, val_loss: float) -> list[int]:
        """Set how far a run's live weights have come; give the lines that are other ones now."""

        def now(old: Choice) -> Choice:
            is_it = old.is_live and old.run == run
            return dataclasses.replace(old, step=step, val_loss=val_loss) if is_it else old

        before, self.shown = self.shown, [now(choice) for choice in self.shown]
        self.all = [now(choice) for choice in self.all]
        pairs = zip(before, self.shown, strict=True)
        # NaN is no other NaN: compared as written.
        return [index for index, (old, new) in enumerate(pairs) if repr(old) != repr(new)]


def _place(choices: Sequence[Choice], checkpoint: str, run: str, *, untrained: bool) -> int | None:
    for index, choice in enumerate(choices):
        same_run = bool(checkpoint) or choice.run.name == run
        if (choice.checkpoint, choice.untrained) == (checkpoint, untrained) and same_run:
            return index
    return None

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
        for index, choice in enumerate(self.shown):
            same_run = bool(checkpoint) or choice.run.name == run
            if (choice.checkpoint, choice.untrained) == (checkpoint, untrained) and same_run:
                return index
        return None

    def update_live(self, run: Path, step: int, val_loss: float) -> list[int]:
        """Set how far a run's live weights have come; give the lines that are other ones now."""
        changed = []
        for index, old in enumerate(self.shown):
            new = dataclasses.replace(old, step=step, val_loss=val_loss)
            if old.is_live and old.run == run and repr(old) != repr(new):
                self.shown[index] = new
                self.all = [new if choice.key == new.key else choice for choice in self.all]
                changed.append(index)
        return changed

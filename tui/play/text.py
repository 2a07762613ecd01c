"""One text of the playground: who wrote it, with which values, and what was changed on the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ttgpt.engine.commands import Generate

from ..format import grouped, one_line
from ..sampling import Sampling
from .changes import Change, ChangeLog
from .choices import Choice
from .seeds import any_seed
from .written import Piece


class PlayText:
    """What is known of a text besides the text itself.

    Args:
        choice: What writes it.
        command: What is asked for; a seed that nobody chose is drawn here.
        earlier: What was written before, and is continued.
    """

    def __init__(self, choice: Choice, command: Generate, earlier: tuple[Piece, ...] = ()) -> None:
        self.choice = choice
        self.seed = command.seed if command.seed >= 0 else any_seed()
        self.command = dataclasses.replace(command, seed=self.seed)
        self.earlier = earlier
        self.step = 0 if command.untrained else choice.step
        self.log = ChangeLog()

    @property
    def title(self) -> str:
        """Who writes, in a few words."""
        step = "" if self.step is None else f" {grouped(self.step)}"
        return f"{one_line(self.choice.run_name)}{step}  seed {self.seed}"

    @property
    def file_name(self) -> str:
        """What a file that holds the text may be called."""
        return f"{self.choice.run_name}-{self.step or 0}"

    @property
    def origin(self) -> str:
        """All that it takes to write it again."""
        run = f"{self.choice.run.name}, step {self.step}, seed {self.seed}"
        drawn = Sampling.of(self.command).in_a_line
        return "\n".join([run, drawn, *self.changes])

    @property
    def changes(self) -> list[str]:
        """What was changed on the way, a line each."""
        return [f"from token {c.tokens}: {c.name} {c.old} to {c.new}" for c in self.log.changes]

    def changed(self, tokens: int, old: Sampling, new: Sampling, now: float) -> bool:
        """Note that values were changed after some tokens; True when this place needs a mark."""
        before, after = old.written, new.written
        moved = [name for name in after if before[name] != after[name]]
        place = len(self.earlier) + tokens
        places = [self.log.add(Change(place, n, before[n], after[n]), now) for n in moved]
        return any(places)

    def held(self, step: int) -> None:
        """Take in which live weights write it."""
        self.step = step

    def told(self, result: Mapping[str, object]) -> None:
        """Take in what the worker says of it at its end."""
        step = result.get("step")
        self.step = step if isinstance(step, int) else self.step

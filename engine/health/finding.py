"""What a detector found, before it becomes an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .. import events


class Evaluation(NamedTuple):
    """Both losses of one evaluation, in nats per token."""

    step: int
    train_loss: float
    val_loss: float


@dataclass(frozen=True)
class Finding:
    """A state of the run that holds now."""

    kind: str
    level: str
    """info, warning or error."""
    since: int
    """The step at which it began."""
    text: str
    """What is so, in a few words."""
    evidence: str
    """The figures that it stands on."""
    advice: str = ""
    """What people do about it."""

    def told(self, step: int) -> events.Health:
        """Make the event that tells of it."""
        return events.Health(
            self.kind, self.level, step, self.text, self.evidence, self.advice, self.since
        )

    def over(self, step: int) -> events.Health:
        """Make the event that tells that it is over."""
        return events.Health(
            self.kind, "info", step, f"over: {self.text}", since=self.since, is_over=True
        )

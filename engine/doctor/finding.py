"""What one check found: a line for the list, and the three lines and the evidence behind it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ..errors import EnvironmentNotReady

Level = Literal["blocks", "warns", "informs"]
"""What a failure means: no training, trouble later, or nothing that must be done."""

Status = Literal["pass", "warn", "fail", "skip"]

Needs = Literal["card", "cpu", "both"]
"""Which way of training a failed check of level `blocks` stands in the way of."""

NO_CARD = "card.bus"
"""The check that fails where there is no card."""
WHAT_LIMIT = 60
"""Characters of `what`: with family and state beside it, a row of an 80-column screen."""


@dataclass(frozen=True)
class Finding:
    """The outcome of one check on one host."""

    id: str
    """The family, a dot, and a name: `card.permission`."""
    family: str
    level: Level
    question: str
    status: Status
    what: str
    """At most `WHAT_LIMIT` characters, one line, no full stop."""
    why: str = ""
    next_step: str = ""
    command: str = ""
    """To copy; several lines are several commands. The doctor itself runs none of them."""
    evidence: str = ""
    """What was seen, in lines: a file and its content, or what a program printed."""
    seconds: float = 0.0
    apply: dict[str, str] = field(default_factory=dict)
    """Settings that would mend it, by dotted name; an empty value takes the setting out.

    A variable with `worker_settings.UNSET` is saved as empty: the worker does not get it."""
    needs: Needs = "card"
    is_wanted: bool = True
    """Whether the settings leave that way open: with torch a card need not be ready, with auto
    there need not be one."""

    @property
    def blocks(self) -> bool:
        """Whether it keeps this host from training, one way or the other."""
        return self.level == "blocks" and self.status == "fail"

    @property
    def state(self) -> str:
        """The word that a list shows: ok, note, warn, skip or BLOCK."""
        if self.status in ("pass", "skip"):
            return "ok" if self.status == "pass" else "skip"
        if self.level == "informs" or (self.level == "blocks" and not self.is_wanted):
            return "note"
        return "BLOCK" if self.blocks else "warn"

    def to_dict(self) -> dict[str, Any]:
        """Give it as a JSON object."""
        return asdict(self)

    @staticmethod
    def from_dict(fields: dict[str, Any]) -> Finding:
        """Rebuild one from `to_dict`'s object."""
        return Finding(**fields)

    def as_error(self) -> EnvironmentNotReady:
        """Give it as the error of a command that it keeps from running."""
        next_step = " ".join(part for part in (self.next_step, self.command) if part)
        is_name = self.what.startswith("tt")  # ttnn, ttml, tt-smi, tt-metal
        what = self.what if is_name else self.what[:1].upper() + self.what[1:]
        return EnvironmentNotReady(f"{what}.", self.why, next_step)

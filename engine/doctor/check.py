"""What a check is: one question about a host, and a function that looks for the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .finding import NO_CARD, WHAT_LIMIT, Finding, Level, Needs, Status
from .visible import visible

if TYPE_CHECKING:
    from .visit import Visit

PROSE_LIMIT = 400
"""Characters of `why`, which may hold a message or a path."""
EVIDENCE_LIMIT = 4000
"""Characters of evidence that a finding carries; what a program printed may be far more."""


@dataclass(frozen=True)
class Answer:
    """What a look brought; the check adds who asked."""

    status: Status
    what: str
    why: str = ""
    next_step: str = ""
    command: str = ""
    evidence: str = ""
    apply: dict[str, str] = field(default_factory=dict)


def passed(what: str, evidence: str = "", why: str = "") -> Answer:
    """All is as it should be."""
    return Answer("pass", what, why=why, evidence=evidence)


def skipped(what: str, why: str = "", evidence: str = "") -> Answer:
    """There was nothing to look at; says what is missing for it."""
    return Answer("skip", what, why=why, evidence=evidence)


def failed(
    what: str,
    why: str,
    next_step: str,
    command: str = "",
    evidence: str = "",
    apply: dict[str, str] | None = None,
) -> Answer:
    """Something is wrong, as grave as the check's level says."""
    return Answer("fail", what, why, next_step, command, evidence, apply or {})


def warned(
    what: str,
    why: str,
    next_step: str,
    command: str = "",
    evidence: str = "",
    apply: dict[str, str] | None = None,
) -> Answer:
    """Something may go wrong, or works less well than it could."""
    return Answer("warn", what, why, next_step, command, evidence, apply or {})


@dataclass(frozen=True)
class Check:
    """One question. It exists because somebody met the failure that it looks for."""

    id: str
    level: Level
    question: str
    look: Callable[[Visit], Answer]
    needs: Needs = "card"
    limit: float = 20.0
    """Seconds after which it is given up as not answered: far more than a busy host needs."""
    deep: bool = False
    """Whether it opens the device, and so is asked only on request."""

    @property
    def family(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]

    @property
    def _card_for(self) -> tuple[str, ...]:
        """The backends of the settings for which a card is wanted: auto only takes one there is."""
        return ("ttml",) if self.id == NO_CARD else ("ttml", "auto")

    def finding(self, answer: Answer, seconds: float, backend: str = "auto") -> Finding:
        """Put the answer under this check's name, for what the settings choose to train with."""
        return Finding(
            id=self.id,
            family=self.family,
            level=self.level,
            question=self.question,
            status=answer.status,
            what=clip(" ".join(visible(answer.what).split()), WHAT_LIMIT),
            why=clip(visible(answer.why), PROSE_LIMIT),
            next_step=visible(answer.next_step),
            command=visible(answer.command),
            evidence=clip(visible(answer.evidence), EVIDENCE_LIMIT),
            seconds=round(seconds, 3),
            apply=answer.apply,
            needs=self.needs,
            is_wanted=self.needs != "card" or backend in self._card_for,
        )


def clip(text: str, limit: int) -> str:
    """Shorten a text in its middle: a path's or a message's ends say the most."""
    if len(text) <= limit:
        return text
    tail = (limit - 3) // 2
    return f"{text[: limit - 3 - tail]}...{text[-tail:]}"

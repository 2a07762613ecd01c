"""What all findings together say: can this host train, on a card and on the CPU."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import EnvironmentNotReady
from .finding import NO_CARD, Finding, Needs

HEADLINE_LIMIT = 78


@dataclass(frozen=True)
class Verdict:
    """The sum of the findings."""

    ready_card: bool
    ready_cpu: bool
    headline: str
    """At most `HEADLINE_LIMIT` characters."""
    exit_code: int


def summarize(findings: Iterable[Finding], backend: str) -> Verdict:
    """Sum up the findings of a full pass.

    Args:
        findings: All of them, in any order.
        backend: `auto`, `torch` or `ttml`. With torch a host without a card is ready.
    """
    found = list(findings)
    card, cpu = _blocking(found, "card"), _blocking(found, "cpu")
    wanted_ready = not (cpu if backend == "torch" else card)
    return Verdict(
        ready_card=not card,
        ready_cpu=not cpu,
        headline=_headline(card, cpu, backend),
        exit_code=0 if wanted_ready else EnvironmentNotReady.exit_code,
    )


def _blocking(findings: list[Finding], way: Needs) -> list[Finding]:
    return [f for f in findings if f.blocks and f.needs in (way, "both")]


def _headline(card: list[Finding], cpu: list[Finding], backend: str) -> str:
    first = _card_words(card)
    if not cpu and backend == "torch":
        return f"CPU training is ready, as chosen. {first}"
    if not cpu:
        return f"{first} CPU training is ready."
    full = f"{first} CPU training is not ready: {cpu[0].what}."
    return full if len(full) <= HEADLINE_LIMIT else f"{first} CPU training is not ready."


def _card_words(blocking: list[Finding]) -> str:
    if not blocking:
        return "This host can train on its card."
    if any(finding.id == NO_CARD for finding in blocking):
        return "No Tenstorrent card here."
    count = len(blocking)
    things = "1 thing blocks" if count == 1 else f"{count} things block"
    return f"No training on a card yet: {things}."

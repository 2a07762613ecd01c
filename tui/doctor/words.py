"""What the Doctor screen says in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ttgpt.engine.doctor import Verdict
from ttgpt.engine.doctor.cards import Card
from ttgpt.engine.doctor.finding import Finding
from ttgpt.engine.doctor.holders import Holder
from ttgpt.engine.doctor.verdict import NO_CARD
from ttgpt.engine.errors import EnvironmentNotReady
from ttgpt.engine.worker_settings import FILE

from ..format import visible
from .board import RUNNING, SKIP, UNKNOWN, View

_NO_CARD = (
    "Training runs on the CPU with PyTorch: the same presets and checkpoints, only slower. Begin "
    "with the small ones. Everything else works as it is."
)
_MOST_NAMED = 3

ABOUT_DEEP = (
    "A short-lived program opens it, allocates a little memory on it, and closes it again. "
    "Nothing else may use the card meanwhile. Esc stops it."
)


class Headline(NamedTuple):
    """The first lines of the screen."""

    text: str
    meaning: str = ""
    style: str = ""


def progress(counts: Counter[str]) -> Headline:
    """Say how far the checks are, or that they were stopped."""
    total = sum(counts.values())
    known = total - counts[RUNNING] - counts[UNKNOWN]
    if counts[RUNNING]:
        return Headline(f"Looking at this host: {known} of {total} checks have answered.")
    return Headline(f"Stopped: {known} of {total} checks have answered. R asks all of them.")


def headline(verdict: Verdict, findings: Iterable[Finding]) -> Headline:
    """Say what this host is ready for; without a card also what that means."""
    if verdict.ready_card:
        return Headline(verdict.headline, "", "$success")
    no_card = any(finding.id == NO_CARD and finding.blocks for finding in findings)
    if verdict.ready_cpu and no_card:
        return Headline(verdict.headline, _NO_CARD)
    return Headline(verdict.headline, "", "$warning" if verdict.ready_cpu else "$error")


def left_out(counts: Counter[str], view: View) -> str:
    """Say which checks the list does not show."""
    if view == "problems":
        return "f lists the others too"
    return "f lists them too" if view == "answered" and counts[SKIP] else ""


def holders_of(cards: Iterable[Card]) -> list[Holder]:
    """Give the processes that have cards open, each once."""
    return list(dict.fromkeys(holder for card in cards for holder in card.holders))


def held(holders: Sequence[Holder]) -> EnvironmentNotReady:
    """Refuse to open a card that somebody has open."""
    named = [visible(str(holder)) for holder in holders[:_MOST_NAMED]]
    more = len(holders) - _MOST_NAMED
    return EnvironmentNotReady(
        "The card is in use, so the deep check does not open it.",
        "\n".join([*named, *([f"and {more} more"] if more > 0 else [])]),
        "Let it end, or stop it yourself; then press d again.",
    )


def about_reset(command: Sequence[str]) -> str:
    """Say what a reset runs, and what it does to others."""
    return (
        f"This will run:\n  {visible(' '.join(command))}\n\n"
        "Whatever is on the cards is lost; nobody holds one now. It may take a minute. Afterwards "
        "the device nodes and the heartbeat are looked at, whatever the command says."
    )


def about_to_set(values: Mapping[str, str]) -> str:
    """Say which settings are about to be saved, one a line."""
    lines = [f"{name}: {visible(value) or '(taken out)'}" for name, value in values.items()]
    return "\n".join([*lines, "", f"It is saved in {FILE}; nothing else changes."])

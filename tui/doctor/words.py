"""What the Doctor screen says in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ttgpt.engine.doctor import Verdict
from ttgpt.engine.doctor.cards import Card
from ttgpt.engine.doctor.finding import NO_CARD, Finding
from ttgpt.engine.doctor.holders import Holder
from ttgpt.engine.errors import EnvironmentNotReady, TtgptError
from ttgpt.engine.worker_settings import FILE, UNSET

from ..format import visible
from .board import RUNNING, SKIP, UNKNOWN, View

_NO_CARD = "Training runs on the CPU with PyTorch, only slower."
_ALL_ELSE = "Same presets, same checkpoints, all else works."
_BEGIN = "Press 3 and take the demo."
_CARD_UNUSED = ("The settings choose torch, so the card is left alone; e changes that.",)
_CARD_WANTED = ("The settings insist on the card (ttml); e changes that.",)
_MOST_NAMED = 3

ABOUT_DEEP = (
    "A short-lived program opens it, allocates a little memory on it, and closes it again, in two "
    "minutes at most. It is not cut short, so that the card is closed in good order. Nothing else "
    "may use the card meanwhile."
)


class Headline(NamedTuple):
    """The first lines of the screen."""

    text: str
    meaning: Sequence[str] = ()
    """What follows from it, a sentence each; the first one says most."""
    style: str = ""


def progress(counts: Counter[str]) -> Headline:
    """Say how far the checks are, or that they were stopped."""
    total = sum(counts.values())
    known = total - counts[RUNNING] - counts[UNKNOWN]
    if counts[RUNNING]:
        return Headline(f"Looking at this host: {known} of {total} checks have answered.")
    return Headline(f"Stopped: {known} of {total} checks have answered. R asks all of them.")


def headline(
    verdict: Verdict, findings: Iterable[Finding], backend: str, *, has_run: bool
) -> Headline:
    """Say what this host is ready for, and what that means where it is not plain.

    Args:
        verdict: What the findings come to.
        findings: All of them.
        backend: What the settings choose: auto, torch or ttml.
        has_run: Whether somebody has begun already, and needs no word about where.
    """
    text = verdict.headline
    if verdict.ready_card:
        return Headline(text, _CARD_UNUSED if backend == "torch" else (), "$success")
    if not verdict.ready_cpu:
        return Headline(text, (), "$error")
    if backend == "ttml":
        return Headline(text, _CARD_WANTED, "$warning")
    no_card = any(finding.id == NO_CARD and finding.blocks for finding in findings)
    if not no_card:
        return Headline(text, (), "$warning")
    return Headline(text, (_NO_CARD, _ALL_ELSE if has_run else f"{_ALL_ELSE} {_BEGIN}"))


def refusal(error: TtgptError) -> Headline:
    """Say why nothing could be looked at."""
    told = " ".join(f"{error.why} {error.next_step}".split())
    return Headline(error.what, (visible(told),) if told else (), "$error")


def left_out(counts: Counter[str], view: View) -> str:
    """Say how to see the checks that the list does not show."""
    if view == "folded":
        return "f lists each"
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
    said = {"": "(taken out)", UNSET: "(the worker does not get it)"}
    lines = [f"{name}: {said.get(value, visible(value))}" for name, value in values.items()]
    return "\n".join([*lines, "", f"It is saved in {FILE}; nothing else changes."])

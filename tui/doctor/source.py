"""Where the Doctor screen gets everything: this host, seen anew with the settings of the moment."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from ttgpt.engine.doctor import CHECKS, Check, examine, summarize
from ttgpt.engine.doctor.cards import Card, read_cards
from ttgpt.engine.doctor.finding import Finding
from ttgpt.engine.doctor.host import Host
from ttgpt.engine.doctor.report import report
from ttgpt.engine.doctor.reset import Reset, plan_reset, reset
from ttgpt.engine.worker_settings import WorkerSettings, load_backend, load_worker

from ..settings import Settings, apply_settings
from .background import Cancel, Post
from .news import CardsRead, Found, ResetDone, ResetSaid
from .words import Headline, headline
from .worker_draft import WorkerDraft, draft


class Source:
    """The engine's doctor, for one home folder; its methods block, and belong into threads."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def checks(self) -> Sequence[Check]:
        """Give all checks of the normal pass, in their order; nothing is run."""
        return [check for check in CHECKS.values() if not check.deep]

    def deep_checks(self) -> Sequence[Check]:
        """Give the checks that open a device."""
        return [check for check in CHECKS.values() if check.deep]

    def examine(self, post: Post, cancel: Cancel, only: Collection[str] | None, deep: bool) -> None:
        """Run checks, and post each finding as it comes."""
        for finding in examine(self._host(), only=only, deep=deep, cancel=cancel):
            post(Found(finding))

    def headline(self, findings: Sequence[Finding], *, has_run: bool) -> Headline:
        """Sum findings up for the backend of the settings."""
        backend = load_backend(self._home)
        verdict = summarize(findings, backend)
        return headline(verdict, findings, backend, has_run=has_run)

    def look_at_cards(self) -> CardsRead:
        """Read what the driver's files say of the cards now, whatever the settings say."""
        return CardsRead(read_cards(Host.here(self._home, WorkerSettings())), time.monotonic())

    def report(self, findings: Sequence[Finding], cards: Sequence[Card]) -> str:
        """Write the report."""
        return report(findings, cards, self._host())

    def worker_draft(self) -> WorkerDraft:
        """See what the worker is started with."""
        return draft(self._host())

    def save(self, values: Mapping[str, str]) -> Settings:
        """Save settings by their dotted names, and give all as they are now."""
        return apply_settings(self._home, values)

    def plan_reset(self) -> Reset:
        """Say what a reset would run."""
        return plan_reset(self._host())

    def reset(self, post: Post, cancel: Cancel, plan: Reset) -> None:
        """Reset, and post what is being done, then what became of it."""
        post(ResetDone(reset(plan, lambda words: post(ResetSaid(words)), cancel)))

    def _host(self) -> Host:
        return Host.here(self._home, load_worker(self._home), load_backend(self._home))

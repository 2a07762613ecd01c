"""All findings as one text to send to somebody: no home folder's name in it, and no secrets."""

from __future__ import annotations

from collections.abc import Iterable

from .cards import Card
from .finding import Finding
from .host import Host


def report(findings: Iterable[Finding], cards: Iterable[Card], host: Host) -> str:
    """Write the report."""
    lines = [f"{f.family}  {f.status}  {f.what}" for f in findings]
    return "\n".join(lines) + "\n"

"""The first thing in the way of a start, for the error of whoever wanted to start."""

from __future__ import annotations

from pathlib import Path

from ..errors import TtgptError
from ..worker_settings import BackendChoice, load_worker
from . import CHECKS, examine
from .finding import Finding
from .host import Host

HELD = "ownership.held"
_STAGES: dict[str, tuple[tuple[str, ...], ...]] = {
    "ttml": (
        ("card.bus", "card.kind", "card.driver", "card.driver_version", "card.nodes"),
        ("card.permission", "card.link", HELD),
        ("software.python", "software.packages", "software.ttnn", "software.ttml"),
        ("software.one_build", "software.visible", "software.root", "software.sfpi"),
    ),
    "torch": (("software.python", "software.packages"), ("software.torch",)),
}
"""What is asked, one group after the other: what is read from files comes before what is run."""


def first_obstacle(home: Path, backend: str) -> Finding | None:
    """Give what the doctor would say first, or None where it finds nothing.

    Takes some milliseconds on a host without a card, and up to a second with one; nothing is
    opened.

    Raises:
        TtgptError: The settings cannot be read.
    """
    wanted: BackendChoice = "ttml" if backend == "ttml" else "torch"
    host = Host.here(home, load_worker(home), wanted)
    for stage in _STAGES[wanted]:
        found = _blocking(host, stage)
        if found:
            return found[0]
    return None


def explained(home: Path, backend: str, otherwise: TtgptError) -> TtgptError:
    """Give the first obstacle as an error, or another error where the doctor finds none."""
    finding = first_obstacle(home, backend)
    return otherwise if finding is None else finding.as_error()


def card_holder(home: Path) -> Finding | None:
    """Give the finding that another program holds a card, or None."""
    found = _blocking(Host.here(home, load_worker(home), "ttml"), (HELD,))
    return found[0] if found else None


def _blocking(host: Host, ids: tuple[str, ...]) -> list[Finding]:
    order = list(CHECKS)
    found = [finding for finding in examine(host, only=ids) if finding.blocks]
    return sorted(found, key=lambda finding: order.index(finding.id))

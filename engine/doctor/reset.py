"""Reset the cards, on request only; the nodes and heartbeats are believed, not an exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..errors import EnvironmentNotReady, TtgptError
from .finding import Finding
from .host import Host

Say = Callable[[str], None]


@dataclass(frozen=True)
class Reset:
    """What would run, or why it may not."""

    host: Host
    command: list[str]
    refused: TtgptError | None = None


def plan_reset(host: Host) -> Reset:
    """Say what a reset would run, or why there will be none."""
    return Reset(host, [], EnvironmentNotReady("There is no card to reset."))


def reset(
    plan: Reset, say: Say = lambda what: None, cancel: Callable[[], bool] = lambda: False
) -> Finding:
    """Run a reset that was not refused."""
    assert plan.refused is None
    raise NotImplementedError

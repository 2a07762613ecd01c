"""Whether this host can train, and if not, the one next step.

The normal pass reads files and asks short-lived children; it opens no device and may run beside a
training job. Standard library only (and yaml), so that the app can ask from a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from types import MappingProxyType

from .check import Check
from .checks import (
    card,
    card_state,
    compiler,
    data,
    device,
    metal,
    ownership,
    python,
    terminal,
    ttml,
    ttnn,
)
from .checks import host as host_checks
from .environment import worker_environment
from .examination import run_checks
from .finding import Finding
from .host import Host
from .pythons import choose_python, find_pythons
from .verdict import Verdict, summarize

FAMILIES = ("host", "card", "ownership", "software", "data", "terminal")

_MODULES = (
    *(host_checks, card, card_state, ownership),
    *(python, ttnn, ttml, metal, compiler, device),
    *(data, terminal),
)

CHECKS = MappingProxyType({check.id: check for module in _MODULES for check in module.CHECKS})
"""All checks by id, in the order in which a person should read them."""

__all__ = [
    "CHECKS",
    "FAMILIES",
    "Check",
    "Finding",
    "Host",
    "Verdict",
    "choose_python",
    "examine",
    "find_pythons",
    "summarize",
    "worker_environment",
]


def examine(
    host: Host,
    *,
    only: Collection[str] | None = None,
    deep: bool = False,
    cancel: Callable[[], bool] = lambda: False,
) -> Iterator[Finding]:
    """Run checks and yield each finding as soon as it is known.

    Args:
        host: What to look at.
        only: Ids of checks; None runs all.
        deep: Also open the device, allocate on it, and close it. Refused while somebody has it.
        cancel: Asked often; once it is true, nothing more is yielded and the probes are ended.
    """
    wanted = [
        check
        for check in CHECKS.values()
        if (only is None or check.id in only) and (deep or not check.deep)
    ]
    return run_checks(wanted, host, cancel)

"""The first thing in the way of a start, of what can be seen at once."""

from __future__ import annotations

from pathlib import Path

from ..errors import TtgptError
from ..worker_settings import load_worker
from . import CHECKS, examine
from .finding import Finding
from .host import Host

_ON_FILES = (
    *("card.bus", "card.kind", "card.driver", "card.driver_version", "card.nodes"),
    *("card.permission", "card.link", "card.firmware", "card.hugepages", "card.virtual"),
)
_ON_PYTHON = ("software.python", "software.packages")
_ON_PACKAGES = (*_ON_PYTHON, "software.ttnn", "software.ttml", "software.one_build")
"""Asked only where there is a card: they start the worker's interpreter once."""
_HOLDER = ("ownership.held",)


def why_no_card(host: Host) -> Finding | None:
    """Give the first thing that keeps a host from training on its card, or None.

    Takes milliseconds where there is no card. Nothing is imported and no device is opened.
    """
    return _first(host, _ON_FILES) or _first(host, _ON_PACKAGES)


def who_holds_it(host: Host) -> Finding | None:
    """Give the finding that another program has the card: to open it would wait without end."""
    return _first(host, _HOLDER)


def explained(home: Path, backend: str, otherwise: TtgptError) -> TtgptError:
    """Give what the doctor says of a worker that did not start, or another error if nothing."""
    host = Host.here(home, load_worker(home), "ttml" if backend == "ttml" else "torch")
    found = why_no_card(host) if backend == "ttml" else _first(host, _ON_PYTHON)
    return otherwise if found is None else found.as_error()


def _first(host: Host, ids: tuple[str, ...]) -> Finding | None:
    order = list(CHECKS)
    blocking = [finding for finding in examine(host, only=ids) if finding.blocks]
    return min(blocking, key=lambda finding: order.index(finding.id), default=None)

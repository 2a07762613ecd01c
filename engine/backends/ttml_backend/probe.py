"""Whether this host can train on its card, by the doctor's checks that only look."""

from __future__ import annotations

import sys

from ...doctor import Host
from ...doctor.readiness import why_no_card
from ...home import home_folder
from ...worker_settings import WorkerSettings
from .. import Availability

DEVICE = "tenstorrent"


def probe(host: Host | None = None) -> Availability:
    """Look for what blocks; the reason is the doctor's.

    Args:
        host: The host; None is this one, with this process as the worker's interpreter.
    """
    blocking = why_no_card(
        host or Host.here(home_folder(), WorkerSettings(python=sys.executable), "ttml")
    )
    if blocking is None:
        return Availability(True, DEVICE, "ttml")
    error = blocking.as_error()
    reason = " ".join(part for part in (error.what, error.why) if part)
    return Availability(False, DEVICE, reason, error.next_step)

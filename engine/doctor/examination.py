"""Run the checks side by side, and give each finding as soon as it is known."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterator

from ..errors import TtgptError
from .check import Answer, Check, failed, warned
from .finding import Finding
from .host import Host
from .visit import Visit

_TICK = 0.05
"""Seconds between two looks at the clock and at `cancel`."""


def run_checks(
    checks: Collection[Check], host: Host, cancel: Callable[[], bool] = lambda: False
) -> Iterator[Finding]:
    """Ask all the checks at once and yield what they find, in the order of their ends.

    A check that does not answer within its limit is told as such and left behind: its thread is a
    daemon. Closing the iterator, or `cancel`, ends the probes that are under way.
    """
    visit = Visit(host)
    answers: queue.SimpleQueue[Finding] = queue.SimpleQueue()
    begun = time.monotonic()
    waiting = {check.id: check for check in checks}
    for check in checks:
        threading.Thread(target=_ask, args=(check, visit, answers), daemon=True).start()
    try:
        while waiting and not cancel():
            with contextlib.suppress(queue.Empty):
                finding = answers.get(timeout=_TICK)
                if waiting.pop(finding.id, None) is not None:
                    yield finding
            elapsed = time.monotonic() - begun
            for check in [c for c in waiting.values() if elapsed > c.limit]:
                del waiting[check.id]
                yield check.finding(_late(check), elapsed, host.backend)
    finally:
        visit.end()


def _ask(check: Check, visit: Visit, answers: queue.SimpleQueue[Finding]) -> None:
    begun = time.monotonic()
    try:
        answer = check.look(visit)
    except TtgptError as error:
        answer = failed(error.what.rstrip("."), error.why, error.next_step, evidence=str(error))
    except Exception as error:
        answer = _broken(check, error)
    seconds = time.monotonic() - begun
    answers.put(check.finding(answer, seconds, visit.host.backend))


def _unanswered(check: Check) -> Callable[..., Answer]:
    # Ready is said only of what has answered.
    return failed if check.level == "blocks" else warned


def _late(check: Check) -> Answer:
    question = check.question[:1].lower() + check.question[1:]
    return _unanswered(check)(
        f"no answer in {check.limit:.0f} s: {question}",
        "What was looked at does not answer, or this machine is very busy.",
        "Run this check again.",
        evidence=f"given up after {check.limit:.1f} s",
    )


def _broken(check: Check, error: Exception) -> Answer:
    return _unanswered(check)(
        f"this check failed: {type(error).__name__}",
        "That is a fault of the check; it says nothing about the host.",
        "Please report it, with what was seen.",
        evidence="".join(traceback.format_exception(error)),
    )

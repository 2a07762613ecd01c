"""tt-metal's messages as errors for a person, with the doctor's words for those that are known."""

from __future__ import annotations

from ...doctor.sayings import explain, spoken
from ...errors import EnvironmentNotReady


def not_ready(what: str, error: Exception) -> EnvironmentNotReady:
    """Say what does not work, why, and what to do about it."""
    message = str(error).strip() or type(error).__name__
    meaning = explain(message)
    if meaning is None:
        return EnvironmentNotReady(what, spoken(message).splitlines()[0], "See: ttgpt-tui doctor.")
    next_step = " ".join(part for part in (meaning.next_step, meaning.command) if part)
    return EnvironmentNotReady(what, f"{meaning.what[:1].upper()}{meaning.what[1:]}.", next_step)

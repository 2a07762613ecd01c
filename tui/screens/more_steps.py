"""Give a run more steps: how many in all."""

from __future__ import annotations

from functools import partial

from ..format import grouped, one_line
from .ask import AskWords


def more_steps(name: str, done: int, length: int, *, live: bool) -> AskWords:
    """Make the question for the number of steps in all.

    Args:
        name: The run.
        done: Steps it has done.
        length: Steps it was to do.
        live: Whether a worker has it in hand, and takes the number over as it trains.
    """
    return AskWords(
        f"How many steps in all for {one_line(name)}?",
        f"It is at step {grouped(done)} of {grouped(length)}. "
        "The schedule stretches to the new end: unless it is constant, the rate rises again.",
        words=str(2 * max(length, done)),
        yes="set" if live else "resume",
        problem_of=partial(steps_problem, done),
    )


def steps_of(text: str) -> str:
    """Read a number of steps as people write it: 5,000 or 5_000."""
    return text.replace(",", "").replace("_", "").strip()


def steps_problem(done: int, text: str) -> str:
    """Say what is wrong with a number of steps in all; empty where nothing is."""
    digits = steps_of(text)
    if not digits.isdecimal():
        return "Write a whole number of steps."
    if int(digits) <= done:
        return f"It has done {grouped(done)} already; give more than that."
    return ""

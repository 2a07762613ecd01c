"""Ask before something that cannot be taken back."""

from __future__ import annotations

import sys

import click

from ttgpt.engine.errors import UsageError

from ..format import visible


def confirmed(question: str, undone: str = "Nothing was deleted.") -> bool:
    """Ask yes or no on the terminal.

    Args:
        question: What is asked.
        undone: What is so when there is nobody to ask.

    Raises:
        UsageError: There is no terminal.
    """
    if not sys.stdin.isatty():
        raise UsageError(
            undone, "There is no terminal to ask on.", "Give --yes to do it without asking."
        )
    return click.confirm(visible(question), err=True)

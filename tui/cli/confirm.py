"""Ask before something is thrown away."""

from __future__ import annotations

import sys

import click

from ttgpt.engine.errors import UsageError


def confirmed(question: str) -> bool:
    """Ask yes or no on the terminal.

    Raises:
        UsageError: There is no terminal.
    """
    if not sys.stdin.isatty():
        raise UsageError(
            "Nothing was deleted.", "There is no terminal to ask on.", "Give --yes to delete."
        )
    return click.confirm(question, err=True)

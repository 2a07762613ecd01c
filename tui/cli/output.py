"""What goes to stdout and what to stderr: results and JSON to one, remarks to the other.

Names, notes and events come from files that others may have written. Here, and nowhere before, what
could steer the terminal in them is made visible.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

import click

from ttgpt.engine import wire

from ..format import one_line, visible

_STEERING = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON lets stand in a text, and a terminal may obey."""


def say(text: str = "") -> None:
    """Print a line of the result."""
    click.echo(visible(text))


def note(text: str) -> None:
    """Print a remark that is not part of the result."""
    click.echo(visible(text), err=True)


def print_json(document: dict[str, Any]) -> None:
    """Print a JSON document on one line, in UTF-8. Numbers that are not finite become null."""
    line = wire.to_line(document).decode("utf-8")
    escaped = _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
    click.echo(escaped.encode("utf-8"), nl=False)


def forgive_characters() -> None:
    """Print ? for what the terminal's encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def has_screen() -> bool:
    """Say whether both directions of a terminal that can move its cursor are there."""
    if os.environ.get("TERM") == "dumb":
        return False
    # Python has no stdin or stdout where the caller closed them.
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def table(
    headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()
) -> list[str]:
    """Align cells in columns.

    Args:
        headers: A name for each column.
        rows: A text for each cell.
        right: The columns whose cells stand at the right, as numbers do.
    """
    from rich.cells import cell_len

    rows = [list(map(one_line, row)) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(headers, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = []
        for header, width, cell in zip(headers, widths, cells, strict=True):
            space = " " * (width - cell_len(cell))
            padded.append(space + cell if header in right else cell + space)
        return "  ".join(padded).rstrip()

    return [line(headers), *map(line, rows)]


def fields(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Put names and values under one another; a pair without a value is left out."""
    shown = [(name, one_line(value)) for name, value in pairs if value]
    width = max((len(name) for name, _ in shown), default=0)
    return [f"{name:<{width}}  {value}" for name, value in shown]

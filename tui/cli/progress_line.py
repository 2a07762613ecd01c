"""A line on stderr that says how far something is."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

import click

from ..format import one_line

if TYPE_CHECKING:
    from ttgpt.engine.data.asking import Progress

_CLEAR = "\r\x1b[K"


class ProgressLine:
    """Writes the line over and over on a terminal, and nothing elsewhere: a log has no use for it.

    Leaving the `with` block clears it.
    """

    def __init__(self) -> None:
        self._last = ""
        self._is_seen = sys.stderr is not None and sys.stderr.isatty()

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._write("")

    def __call__(self, progress: Progress) -> None:
        """Say how far it is."""
        share = f" {100 * progress.done / progress.total:.0f} %" if progress.total else ""
        self._write(one_line(progress.what) + share)

    def _write(self, line: str) -> None:
        if self._is_seen and line != self._last:
            self._last = line
            click.echo(f"{_CLEAR}{line}", nl=False, err=True)

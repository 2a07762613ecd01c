"""The texts that were written, with all it takes to write them again: `<home>/history.jsonl`."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ttgpt.engine import wire
from ttgpt.engine.commands import Generate
from ttgpt.engine.convert import build
from ttgpt.engine.disk.folders import disk_error
from ttgpt.engine.disk.reading import LARGEST, open_plain
from ttgpt.engine.errors import TtgptError

from ..format import grouped
from ..sampling import Sampling
from .text import PlayText

FILE = "history.jsonl"
_MOST_READ = 500


@dataclass(frozen=True)
class Entry:
    """One text."""

    command: Generate
    """With the seed that it was drawn with."""
    run: str
    """The run's folder name."""
    run_name: str
    step: int
    samples: tuple[str, ...]
    changes: tuple[str, ...] = ()
    """Values changed while it was written, a line each: these keep it from being repeated."""
    created: float = 0.0
    """Unix time in seconds."""
    earlier: int = 0
    """Tokens that it continued."""

    @staticmethod
    def of(text: PlayText, samples: Sequence[str], now: float | None = None) -> Entry:
        """Give the entry of a text that has ended."""
        return Entry(
            text.command,
            text.choice.run.name,
            text.choice.run_name,
            text.step or 0,
            tuple(samples),
            tuple(text.changes),
            time.time() if now is None else now,
            len(text.earlier),
        )

    @property
    def origin(self) -> str:
        """Who wrote it, from which seed, with which values."""
        values = Sampling.of(self.command).in_a_line
        head = f"{self.run}, step {grouped(self.step)}, seed {self.command.seed}"
        extra = [f"length {self.command.max_new_tokens}"]
        extra += [f"stop {self.command.stop!r}"] if self.command.stop else []
        extra += [f"after {self.earlier} tokens"] if self.earlier else []
        return "\n".join([head, ", ".join([values, *extra]), *self.changes])

    @property
    def text(self) -> str:
        """The prompt and what came after it; of several samples, all of them."""
        return "\n\n".join(self.command.prompt + sample for sample in self.samples)

    def fits(self, wanted: str) -> bool:
        """Say whether all words are in it."""
        everything = f"{self.text} {self.origin} {self.run_name}".lower()
        return all(word in everything for word in wanted.lower().split())

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return dataclasses.asdict(self)


def remember(home: Path, entry: Entry) -> None:
    """Add a text at the end.

    Raises:
        DataError: The disk refused.
    """
    try:
        with (home / FILE).open("ab") as file:
            file.write(wire.to_line(entry.to_json()))
    except OSError as error:
        raise disk_error("The history cannot be written.", error) from error


def read_history(home: Path) -> list[Entry]:
    """Give the newest texts, the newest first; a damaged line is passed over."""
    try:
        with open_plain(home / FILE) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LARGEST))
            lines = file.read(LARGEST).splitlines()[-_MOST_READ:]
    except OSError:
        return []
    found = []
    for line in reversed(lines):
        try:
            found.append(build(Entry, wire.from_line(line), ""))
        except (wire.DecodeError, TtgptError, TypeError, ValueError):
            continue
    return found


def recent_prompts(entries: Sequence[Entry], most: int = 12) -> list[str]:
    """Give the prompts of the newest texts, each once."""
    return list(dict.fromkeys(entry.command.prompt for entry in entries))[:most]

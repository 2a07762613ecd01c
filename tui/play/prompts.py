"""Prompts to choose from: a person's own, those used lately, and who speaks in the text."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ttgpt.engine.data.speakers import speakers
from ttgpt.engine.disk import atomic, reading
from ttgpt.engine.disk.folders import disk_error
from ttgpt.engine.disk.reading import DamagedFileError

from .history import read_history, recent_prompts

FILE = "prompts.json"
OWN, RECENT, DATA = "own", "recent", "in the text"


class Offered(NamedTuple):
    """A prompt, and where it comes from."""

    text: str
    source: str


def offered_prompts(home: Path, data: Path | None) -> list[Offered]:
    """Give what can be chosen, own ones first; reads files, so it belongs in a thread."""
    found = [Offered(text, OWN) for text in own_prompts(home)]
    found += [Offered(text, RECENT) for text in recent_prompts(read_history(home)) if text]
    found += [Offered(f"{name}\n", DATA) for name in (speakers(data) if data else [])]
    once: dict[str, Offered] = {}
    for prompt in found:
        once.setdefault(prompt.text, prompt)
    return list(once.values())


def own_prompts(home: Path) -> list[str]:
    """Read a person's own prompts; a damaged file has none."""
    try:
        raw = reading.read_json(home / FILE)
    except DamagedFileError:
        return []
    return [text for text in raw if isinstance(text, str)] if isinstance(raw, list) else []


def keep_prompt(home: Path, text: str) -> None:
    """Make a prompt one of a person's own.

    Raises:
        DataError: The disk refused.
    """
    _write(home, list(dict.fromkeys([text, *own_prompts(home)])))


def forget_prompt(home: Path, text: str) -> None:
    """Take a prompt out of a person's own.

    Raises:
        DataError: The disk refused.
    """
    _write(home, [own for own in own_prompts(home) if own != text])


def _write(home: Path, prompts: list[str]) -> None:
    try:
        atomic.write_json(home / FILE, prompts)
    except OSError as error:
        raise disk_error("Your prompts cannot be saved.", error) from error

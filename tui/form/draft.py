"""A configuration while it is being changed: texts as typed, judged at each key."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from ttgpt.engine.config import RunConfig
from ttgpt.engine.errors import UsageError
from ttgpt.engine.home import home_place
from ttgpt.engine.presets import Preset

from ..runs.differences import flat, written_value
from .fields import BY_NAME, FIELDS

_NAME = re.compile(r"\b(?:model|train|data|sample)\.[a-z0-9_]+")
_EITHER = {"train.max_steps": "train.epochs", "train.epochs": "train.max_steps"}
"""Of these one says how long to train, and the other is empty."""


class Draft:
    """A preset with changes.

    Args:
        preset: What it began as.
        reference: How the command line calls that preset: its name, or its file's path.
        settings: Changes to begin with, as dotted names to texts.
    """

    def __init__(
        self, preset: Preset, reference: str, settings: dict[str, str] | None = None
    ) -> None:
        self.preset = preset
        self.reference = reference
        self._before = {name: written_value(v) for name, v in flat(preset.config).items()}
        self._texts: dict[str, str] = {}
        for name, text in (settings or {}).items():
            self.set(name, text)

    @property
    def changed(self) -> dict[str, str]:
        """The changed settings, in the order of the form."""
        return {f.dotted: self._texts[f.dotted] for f in FIELDS if f.dotted in self._texts}

    def text(self, name: str) -> str:
        """Give a setting's text as it is now."""
        return self._texts.get(name, self._before[name])

    def before(self, name: str) -> str:
        """Give a setting's text in the preset."""
        return self._before[name]

    def set(self, name: str, text: str) -> None:
        """Change a setting; what cannot be right is kept too, so that nothing typed is lost."""
        text = text if name.startswith("sample.prompts") else text.strip()
        self._put(name, text)
        other = _EITHER.get(name)
        if other is not None and text:
            self._put(other, "")

    def reset(self, name: str) -> None:
        """Give a setting its preset's value again."""
        self._texts.pop(name, None)
        other = _EITHER.get(name)
        if other is not None:
            self._texts.pop(other, None)

    def reset_all(self) -> None:
        """Give all settings their preset's values again."""
        self._texts.clear()

    def config(self) -> RunConfig:
        """Give the configuration.

        Raises:
            UsageError: A value does not fit, alone or beside another.
        """
        return self.preset.config.with_settings(dict(self.changed))

    def problems(self) -> dict[str, str]:
        """Say what is wrong, by the names of the settings; those between two stand at both."""
        found = {n: BY_NAME[n].problem(text) for n, text in self._texts.items()}
        found = {name: problem for name, problem in found.items() if problem}
        if found:
            return found
        try:
            self.config()
        except UsageError as error:
            text = " ".join(part for part in (error.what, error.why, error.next_step) if part)
            return dict.fromkeys(_concerned(error), text)
        return {}

    def command(self, home: Path) -> str:
        """Give the line that starts exactly this run, in a home folder."""
        words = [self.reference]
        for name, text in self.changed.items():
            words += ["--set", f"{name}={text}"]
        return train_command(words, home)

    def _put(self, name: str, text: str) -> None:
        if text == self._before[name]:
            self._texts.pop(name, None)
        else:
            self._texts[name] = text


def train_command(words: Sequence[str], home: Path) -> str:
    """Give the line that trains in a home folder, named where it is not the one taken by itself."""
    place = [] if home.absolute() == home_place() else ["--home", str(home.absolute())]
    return shlex.join(["ttgpt-tui", "train", *words, *place])


def _concerned(error: UsageError) -> list[str]:
    """Find the settings that an error names."""
    named = [name for name in _NAME.findall(f"{error.what} {error.next_step}") if name in BY_NAME]
    return list(dict.fromkeys(named)) or ["model.n_embd"]

"""Presets: one YAML file each, shipped in `ttgpt.presets` or written by a person."""

from __future__ import annotations

import importlib.resources
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import convert
from .config import RunConfig
from .disk import reading, yaml_text
from .errors import DataError, UsageError, nearest


@dataclass(frozen=True)
class Preset:
    """A named configuration with words about what to expect of it."""

    name: str
    title: str
    summary: str
    expect: str
    """What a person should see, and from where the figure comes."""
    config: RunConfig
    text: str
    """The file as it was read, byte for byte."""
    on_card: str = ""
    """What to know before it is trained on a Tenstorrent card."""
    cards: dict[str, str] = field(default_factory=dict)
    """For each board, by name, how to lay it out there; none where it does not fit."""

    @property
    def headline(self) -> str:
        """The summary's first clause, for lists."""
        return re.split(r"[:.](?:\s|$)", self.summary, maxsplit=1)[0]


@dataclass(frozen=True, kw_only=True)
class _PresetFile:
    title: str
    summary: str
    expect: str
    # Not dict: RunConfig reads the sections, and names what is wrong in them.
    model: Any
    train: Any
    data: Any
    sample: Any
    on_card: str = ""
    cards: dict[str, str] = field(default_factory=dict)


def names() -> list[str]:
    """List the shipped presets: the demo first, the others by name."""
    found = [
        entry.name.removesuffix(".yaml")
        for entry in importlib.resources.files("ttgpt.presets").iterdir()
        if entry.name.endswith(".yaml")
    ]
    return sorted(found, key=lambda name: (name != "demo", name))


def load(name: str) -> Preset:
    """Load a shipped preset by name, or a preset file by path.

    Raises:
        UsageError: There is no such preset, or a key or value in it is wrong.
        DataError: The file cannot be read.
    """
    if name in names():
        shipped = importlib.resources.files("ttgpt.presets") / f"{name}.yaml"
        return parse(name, shipped.read_bytes().decode("utf-8"))
    path = Path(os.path.expanduser(name))
    if name.endswith((".yaml", ".yml")):
        try:
            return parse(path.stem, reading.read_text(path, yaml_text.LARGEST))
        except reading.DamagedFileError as error:
            raise DataError(
                f"Cannot read the preset {path}.",
                f"It {error.reason}.",
                "Give the path of a UTF-8 YAML file.",
            ) from error
    raise UsageError(
        f"There is no preset {name!r}.", nearest(name, names()), "`ttgpt-tui presets` lists them."
    )


def parse(name: str, text: str) -> Preset:
    """Read a preset's YAML.

    Raises:
        UsageError: It is not YAML, or a key or value in it is wrong.
    """
    try:
        raw = yaml_text.load(text)
    except yaml_text.YAML_ERRORS as error:
        raise UsageError(
            f"Preset {name} cannot be read.", yaml_text.why(error), "Mend the file."
        ) from error
    file = convert.build(_PresetFile, raw, name)
    config = RunConfig.from_dict(
        {"model": file.model, "train": file.train, "data": file.data, "sample": file.sample}
    )
    return Preset(
        name, file.title, file.summary, file.expect, config, text, file.on_card, file.cards
    )

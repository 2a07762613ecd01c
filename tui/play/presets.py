"""Sampling values under a name: the usual ones, and a person's own in `<home>/sampling.json`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import NamedTuple

from ttgpt.engine.convert import build
from ttgpt.engine.disk import atomic, reading
from ttgpt.engine.disk.folders import disk_error
from ttgpt.engine.disk.reading import DamagedFileError
from ttgpt.engine.errors import TtgptError, UsageError

from ..sampling import Sampling

FILE = "sampling.json"
_LONGEST_NAME = 12


class SamplingPreset(NamedTuple):
    """A name for values."""

    name: str
    sampling: Sampling


NEUTRAL = SamplingPreset("neutral", Sampling(1.0, 0, 1.0, 1.0))
"""Nothing acts: the model's own odds."""

PRESETS = (
    SamplingPreset("greedy", Sampling(0.0, 0, 1.0)),
    SamplingPreset("careful", Sampling(0.3, 40, 1.0)),
    SamplingPreset("balanced", Sampling(0.8, 40, 1.0)),
    SamplingPreset("wild", Sampling(1.2, 0, 1.0)),
    NEUTRAL,
)


def load_own(home: Path) -> list[SamplingPreset]:
    """Read a person's own presets; one that is damaged is left out."""
    try:
        raw = reading.read_object(home / FILE)
    except DamagedFileError:
        return []
    found = []
    for name, values in raw.items():
        try:
            found.append(SamplingPreset(str(name), build(Sampling, values, str(name))))
        except TtgptError:
            continue
    return found


def save_own(home: Path, name: str, sampling: Sampling) -> list[SamplingPreset]:
    """Keep values under a name, which may have been used before, and give all own presets.

    Raises:
        UsageError: The name is empty, too long or one of the usual presets'.
        DataError: The disk refused.
    """
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or name in {preset.name for preset in PRESETS}:
        raise UsageError(
            f"{name!r} cannot be the name of your values.",
            f"It needs 1 to {_LONGEST_NAME} characters, and may not be a given preset's.",
            "Choose another name.",
        )
    own = [preset for preset in load_own(home) if preset.name != name]
    return _write(home, [*own, SamplingPreset(name, sampling)])


def delete_own(home: Path, name: str) -> list[SamplingPreset]:
    """Forget one, and give the others.

    Raises:
        DataError: The disk refused.
    """
    return _write(home, [preset for preset in load_own(home) if preset.name != name])


def name_of(sampling: Sampling, own: list[SamplingPreset]) -> str:
    """Give the name under which values are known; "own values" when under none."""
    found = (preset.name for preset in (*PRESETS, *own) if preset.sampling == sampling)
    return next(found, "own values")


def _write(home: Path, own: list[SamplingPreset]) -> list[SamplingPreset]:
    values = {preset.name: dataclasses.asdict(preset.sampling) for preset in own}
    try:
        atomic.write_json(home / FILE, values)
    except OSError as error:
        raise disk_error("Your sampling values cannot be saved.", error) from error
    return own

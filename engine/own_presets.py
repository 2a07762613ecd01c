"""Presets that a person made: `<home>/presets/NAME.yaml`, beside those that are shipped."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from . import presets
from .config import RunConfig
from .disk import atomic
from .disk.folders import disk_error
from .errors import DataError, TtgptError, UsageError, nearest
from .presets import Preset

_ENDING = ".yaml"
_LONGEST = 60


def folder(home: Path) -> Path:
    """Give where they lie."""
    return home / "presets"


def names(home: Path) -> list[str]:
    """List them by name, readable or not."""
    found = folder(home).glob(f"[!.]*{_ENDING}")
    return sorted(path.name.removesuffix(_ENDING) for path in found)


def load_all(home: Path) -> list[Preset]:
    """Load those that can be read."""
    found = []
    for name in names(home):
        try:
            found.append(find(home, name))
        except TtgptError:
            continue  # `find` by its name tells what is wrong with it
    return found


def find(home: Path, name: str) -> Preset:
    """Load a preset by name, a person's own or a shipped one, or by a file's path.

    Raises:
        UsageError: There is none, or a key or value in it is wrong.
        DataError: The file cannot be read.
    """
    if name in names(home):
        return presets.load(str(folder(home) / f"{name}{_ENDING}"))
    known = [*presets.names(), *names(home)]
    if name not in known and not name.endswith((_ENDING, ".yml")):
        raise UsageError(
            f"There is no preset {name!r}.", nearest(name, known), "`ttgpt-tui presets` lists them."
        )
    return presets.load(name)


def check_name(home: Path, name: str) -> str:
    """Check a name for a new preset, and give it back.

    Raises:
        UsageError: It is taken by a shipped one, or cannot be a file's name.
    """
    if not re.fullmatch(r"[^\W_][\w.\- ]*", name) or len(name.encode()) > _LONGEST:
        raise UsageError(
            f"{name!r} cannot be a preset's name.",
            "It becomes a file's name.",
            f"Begin with a letter or digit; then also - _ . and spaces, at most {_LONGEST} bytes.",
        )
    if name in presets.names():
        raise UsageError(
            f"A preset {name!r} is shipped with the program.", "", "Choose another name."
        )
    return name


def save(home: Path, name: str, config: RunConfig, origin: Preset) -> Path:
    """Write a preset, or replace the one of that name, and give its file.

    Raises:
        UsageError: The name does not fit.
        DataError: The disk refused.
    """
    check_name(home, name)
    changed = {
        "title": name,
        "summary": f"Made from {origin.title}.",
        "expect": "",
        **config.to_dict(),
    }
    text = yaml.safe_dump(changed, sort_keys=False, allow_unicode=True, width=96)
    path = folder(home) / f"{name}{_ENDING}"
    try:
        path.parent.mkdir(exist_ok=True)
        atomic.write_text(path, text)
    except OSError as error:
        raise disk_error(f"The preset {name!r} cannot be saved.", error) from error
    return path


def delete(home: Path, name: str) -> None:
    """Remove a person's own preset.

    Raises:
        DataError: There is none, or the disk refused.
    """
    try:
        (folder(home) / f"{name}{_ENDING}").unlink()
    except OSError as error:
        raise DataError(
            f"The preset {name!r} cannot be removed.",
            f"{error.strerror or error}.",
            "`ttgpt-tui presets` lists them.",
        ) from error

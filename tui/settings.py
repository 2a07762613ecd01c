"""What a person chose once for all screens: `<home>/settings.yaml`, read and saved."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from ttgpt.engine.convert import build
from ttgpt.engine.disk import atomic
from ttgpt.engine.disk.folders import disk_error
from ttgpt.engine.worker_settings import (
    FILE,
    UNSET,
    BackendChoice,
    WorkerSettings,
    naming_file,
    read_file,
)

from .terminal import has_many_glyphs, is_remote

Marker = Literal["braille", "block", "ascii"]

_REMOTE_RATE, _LOCAL_RATE = 2.0, 4.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the app draws and what computes; every value has a default."""

    marker: Literal["auto", "braille", "block", "ascii"] = "auto"
    """Glyphs of curves. auto: braille, or ascii where the terminal has no UTF-8 or few glyphs."""
    repaint_rate: float | None = None
    """Repaints a second at most. Empty: 2 over SSH, 4 otherwise."""
    theme: Literal["auto", "dark", "light"] = "auto"
    """Which background the terminal has. auto: as COLORFGBG says, else dark."""
    mouse: bool = True
    """Whether the app takes mouse clicks; off leaves selecting text to the terminal."""
    backend: BackendChoice = "auto"
    """What computes where nothing else is asked for. With torch no card is missed."""
    worker: WorkerSettings = field(default_factory=WorkerSettings)
    """Interpreter and environment of the process that computes."""

    @property
    def glyphs(self) -> Marker:
        """The marker style, the default resolved."""
        if self.marker != "auto":
            return self.marker
        return "braille" if has_many_glyphs() else "ascii"

    @property
    def ascii_only(self) -> bool:
        """Whether nothing but ASCII may be drawn."""
        return self.glyphs == "ascii"

    @property
    def period(self) -> float:
        """Seconds between two repaints."""
        rate = self.repaint_rate or (_REMOTE_RATE if is_remote() else _LOCAL_RATE)
        return 1.0 / min(max(rate, 0.1), 30.0)

    def is_dark(self, environment: Mapping[str, str] = os.environ) -> bool:
        """Say whether the terminal's background is dark."""
        if self.theme != "auto":
            return self.theme == "dark"
        # COLORFGBG is "foreground;background" in the 16 colours; 7 and 15 are the whites.
        return environment.get("COLORFGBG", "").rpartition(";")[2] not in ("7", "15")


def load_settings(home: Path) -> Settings:
    """Read the settings; a missing file means all defaults.

    Raises:
        DataError: The file is not YAML in UTF-8.
        UsageError: A key is unknown or a value does not fit.
    """
    raw = read_file(home)
    with naming_file(home):
        return build(Settings, raw, "settings")


def save_settings(home: Path, settings: Settings) -> None:
    """Replace the file in one step; only what differs from the defaults is written.

    Comments that a person wrote into the file are lost; its values are all known, since a file with
    an unknown key is refused when it is read.

    Raises:
        DataError: The file cannot be written.
    """
    changed = _differences(asdict(settings), asdict(Settings()))
    text = yaml.safe_dump(changed, sort_keys=False, allow_unicode=True) if changed else ""
    try:
        atomic.write_text(home / FILE, _HEADER + text)
    except OSError as error:
        raise disk_error(f"{home / FILE} cannot be written.", error) from error


def apply_settings(home: Path, changes: Mapping[str, str]) -> Settings:
    """Change settings by dotted name, such as `worker.env.TT_METAL_HOME`, and save them.

    Args:
        home: The home folder.
        changes: Names to values; an empty value puts a setting back to its default, and `UNSET`
            takes a variable out that is exported or computed.

    Returns:
        All settings as they are now.

    Raises:
        DataError: The file cannot be read or written.
        UsageError: A name is unknown or a value does not fit; nothing was saved.
    """
    load_settings(home)  # nothing is added to a file that is already wrong
    raw = read_file(home)
    for name, value in changes.items():
        _put(raw, name.split(".", 2), value)
    settings = build(Settings, raw, "settings")
    save_settings(home, settings)
    return settings


_HEADER = """\
# Settings of ttgpt-tui. What is not here has its default; `ttgpt-tui doctor` and docs/doctor.md say
# more. The app replaces this file when a setting is saved, without comments of your own.
"""


def _put(raw: dict[str, Any], path: list[str], value: str) -> None:
    *sections, last = path
    for section in sections:
        raw[section] = raw = dict(raw.get(section) or {})
    if value:
        raw[last] = "" if value == UNSET else value
    else:
        raw.pop(last, None)


def _differences(values: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Give what differs from the defaults, section by section."""
    changed = {}
    for name, value in values.items():
        default = defaults.get(name)
        if isinstance(value, dict) and isinstance(default, dict):
            value, default = _differences(value, default), {}
        if value != default:
            changed[name] = value
    return changed

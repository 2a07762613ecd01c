"""What a person chose once for all screens: `<home>/settings.yaml`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from ttgpt.engine.convert import build
from ttgpt.engine.errors import DataError

from .terminal import has_many_glyphs, is_remote

Marker = Literal["braille", "block", "ascii"]

_REMOTE_RATE, _LOCAL_RATE = 2.0, 4.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the app draws; every value has a default."""

    marker: Literal["auto", "braille", "block", "ascii"] = "auto"
    """Glyphs of curves. auto: braille, or ascii where the terminal has no UTF-8 or few glyphs."""
    repaint_rate: float | None = None
    """Repaints a second at most. Empty: 2 over SSH, 4 otherwise."""
    theme: Literal["auto", "dark", "light"] = "auto"
    """Which background the terminal has. auto: as COLORFGBG says, else dark."""
    mouse: bool = True
    """Whether the app takes mouse clicks; off leaves selecting text to the terminal."""

    @property
    def glyphs(self) -> Marker:
        """The marker style, the default resolved."""
        if self.marker != "auto":
            return self.marker
        return "braille" if has_many_glyphs() else "ascii"

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
    path = home / "settings.yaml"
    try:
        raw: Any = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(
            f"{path} cannot be read.", str(error), "Mend the file, or delete it."
        ) from error
    return build(Settings, raw, "settings")

"""Which settings two or more configurations do not share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ttgpt.engine import presets
from ttgpt.engine.config import RunConfig
from ttgpt.engine.convert import written_texts
from ttgpt.engine.disk import reading, yaml_text
from ttgpt.engine.errors import TtgptError
from ttgpt.engine.presets import Preset
from ttgpt.engine.runs.rundir import RunFolder

_UNKNOWN = "unknown"


def flat(config: RunConfig) -> dict[str, Any]:
    """Give all settings under their dotted names, such as `train.lr`."""
    return {
        f"{section}.{name}": value
        for section, values in config.to_dict().items()
        for name, value in values.items()
    }


def written_value(value: Any) -> str:
    """Write a setting's value as a person would type it; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        # A list of texts needs its quotes and line ends; one of numbers does not.
        if all(isinstance(item, (int, float)) for item in value):
            return ", ".join(str(item) for item in value)
        return written_texts(value)
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def shown_value(value: Any) -> str:
    """Write a setting's value for reading: floats rounded to six digits, `none` where it is empty.

    A rate halved by a program reads 0.00030000000000000003 where it is written exactly.
    """
    if isinstance(value, float):
        return f"{value:.6g}"
    return written_value(value) or "none"


def changes(before: RunConfig, after: RunConfig) -> dict[str, tuple[Any, Any]]:
    """Give the settings that differ, with the value before and the value after."""
    old, new = flat(before), flat(after)
    return {name: (old[name], new[name]) for name in new if old[name] != new[name]}


def preset_of(run: RunFolder) -> Preset | None:
    """Give the preset that a run was started from, as it was then; None where it is unreadable."""
    try:
        return presets.parse(run.info().preset, reading.read_text(run.preset, yaml_text.LARGEST))
    except TtgptError:
        return None


def differing(configs: Sequence[RunConfig | None]) -> list[tuple[str, list[Any]]]:
    """Give the settings in which some configurations differ, with each one's value in order.

    Those of a configuration that cannot be read (None) are `unknown`: they may be the same.
    """
    tables = [flat(config) if config is not None else None for config in configs]
    known = next((table for table in tables if table is not None), {})
    rows = [(name, [_UNKNOWN if t is None else t.get(name) for t in tables]) for name in known]
    return [(name, values) for name, values in rows if any(v != values[0] for v in values)]

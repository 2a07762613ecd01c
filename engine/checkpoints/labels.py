"""What a person said of a run's checkpoints: keep this one, call it that. Standard library only.

`labels.json` in the run's folder; apps write it in turn, and the trainer reads it before it drops
old checkpoints. What a checkpoint says of itself is never touched.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..disk import atomic, reading
from ..disk.folders import disk_error
from ..disk.reading import DamagedFileError
from ..host.locks import one_at_a_time

FILE = "labels.json"
_TURN = ".labels.lock"
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Label:
    """One checkpoint's label."""

    kept: bool = False
    """Never dropped by itself."""
    name: str = ""


def read_labels(run: Path) -> dict[int, Label]:
    """Give the labels by step.

    Raises:
        DamagedFileError: There is something, and it cannot be read.
    """
    path = run / FILE
    try:
        raw = reading.read_object(path)
        return {int(step): _label(fields) for step, fields in raw.items()}
    except DamagedFileError as error:
        if error.missing:
            return {}
        raise
    except (ValueError, AttributeError) as error:
        raise DamagedFileError(path, "is not a list of labels") from error


def set_label(run: Path, step: int, **changes: Any) -> Label:
    """Change a label (`kept`, `name`) and give it.

    Raises:
        DataError: The disk refused, or the file of labels is damaged.
    """
    try:
        with one_at_a_time(run / _TURN):  # another app would lose what this one writes meanwhile
            return _changed(run, step, changes)
    except OSError as error:
        raise disk_error("The label cannot be saved.", error) from error


def _changed(run: Path, step: int, changes: dict[str, Any]) -> Label:
    labels = read_labels(run)
    label = replace(labels.get(step, Label()), **changes)
    label = replace(label, name=label.name.strip()[:_LONGEST_NAME])
    labels[step] = label
    told = {str(step): asdict(found) for step, found in sorted(labels.items()) if found != Label()}
    atomic.write_json(run / FILE, told)
    return label


def _label(fields: dict[str, Any]) -> Label:
    return Label(fields.get("kept") is True, str(fields.get("name", ""))[:_LONGEST_NAME])

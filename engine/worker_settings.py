"""What `<home>/settings.yaml` says about the worker: its interpreter, environment and backend.

The rest of that file is the screen's business; this part is read wherever a worker is started.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from .convert import build, convert
from .disk import reading, yaml_text
from .errors import DataError, UsageError

FILE = "settings.yaml"

UNSET = "<unset>"
"""What a proposal gives a variable that the worker shall not have, although it is exported."""

BackendChoice = Literal["auto", "torch", "ttml"]


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    """The section `worker:`; what is left empty is found or computed."""

    python: str = ""
    """Interpreter that runs the worker. Empty: found; see `doctor.pythons`."""
    env: dict[str, str] = field(default_factory=dict)
    """Environment of the worker, over what is computed. An empty value takes a variable out."""


def read_file(home: Path) -> dict[str, Any]:
    """Read the whole settings file as YAML gives it; a missing or empty one is an empty mapping.

    Raises:
        DataError: It is not YAML in UTF-8.
        UsageError: It is no mapping.
    """
    path = home / FILE
    try:
        raw: Any = yaml_text.load(reading.read_text(path, yaml_text.LARGEST))
    except reading.DamagedFileError as error:
        if error.missing:
            return {}
        raise
    except yaml_text.YAML_ERRORS as error:
        raise DataError(
            f"{path} cannot be read.", yaml_text.why(error), "Mend the file, or delete it."
        ) from error
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise UsageError(
            f"{path} is {raw!r}.",
            "A mapping of names to values is needed.",
            "Write one `name: value` a line.",
        )
    return raw


@contextlib.contextmanager
def naming_file(home: Path) -> Iterator[None]:
    """Say in an error about a value which file it stands in."""
    try:
        yield
    except UsageError as error:
        there = f"It stands in {home / FILE}."
        raise UsageError(error.what, error.why, f"{error.next_step} {there}".lstrip()) from error


def load_worker(home: Path) -> WorkerSettings:
    """Read the worker's settings.

    Raises:
        DataError: As of `read_file`.
        UsageError: A key is unknown or a value does not fit.
    """
    raw = read_file(home).get("worker")
    with naming_file(home):
        return build(WorkerSettings, raw, "settings.worker")


def load_backend(home: Path) -> BackendChoice:
    """Read what is to compute where nothing else was asked for.

    Raises:
        DataError: As of `read_file`.
        UsageError: It is none of the choices.
    """
    raw = read_file(home).get("backend", "auto")
    with naming_file(home):
        wanted: BackendChoice = convert(raw, BackendChoice, "settings.backend")
        return wanted

"""The fields of the form, made from the configuration's own dataclasses."""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass
from typing import Any, Literal

from ttgpt.engine import convert
from ttgpt.engine.config import (
    MOST,
    DataConfig,
    ModelConfig,
    SampleConfig,
    TrainConfig,
    check_range,
    help_of,
    range_of,
)
from ttgpt.engine.errors import UsageError

SECTIONS: dict[str, type[Any]] = {
    "model": ModelConfig,
    "train": TrainConfig,
    "data": DataConfig,
    "sample": SampleConfig,
}
_CHOICES = {bool: ("yes", "no")}


@dataclass(frozen=True)
class Field:
    """One setting: its dotted name, its sentence, its type and what it may be."""

    section: str
    name: str
    help: str
    declared: Any
    choices: tuple[str, ...]
    """The words it can be; empty where it is typed."""

    @property
    def dotted(self) -> str:
        """Its name as `--set` takes it."""
        return f"{self.section}.{self.name}"

    @property
    def limits(self) -> str:
        """Its range in words; empty where any value will do."""
        low, high = range_of(SECTIONS[self.section], self.name)
        if low is None or high is None:
            return ""
        return f"{low:g} to {high:g}" if high < MOST else f"at least {low:g}"

    def problem(self, text: str) -> str:
        """Say what is wrong with a text as this field's value alone; empty where nothing is."""
        try:
            value = convert.convert(text, self.declared, self.dotted)
            check_range(SECTIONS[self.section], self.name, value)
        except UsageError as error:
            return error.why
        return ""


def _fields() -> tuple[Field, ...]:
    found = []
    for section, kind in SECTIONS.items():
        types = convert.field_types(kind)
        for f in dataclasses.fields(kind):
            found.append(
                Field(
                    section, f.name, help_of(kind, f.name), types[f.name], _choices(types[f.name])
                )
            )
    return tuple(found)


def _choices(declared: Any) -> tuple[str, ...]:
    if typing.get_origin(declared) is Literal:
        return tuple(str(choice) for choice in typing.get_args(declared))
    return _CHOICES.get(declared, ())


FIELDS = _fields()
BY_NAME = {field.dotted: field for field in FIELDS}

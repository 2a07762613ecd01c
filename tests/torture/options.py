"""Give every option, argument and setting of the command line what nobody should give it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import cycle
from pathlib import Path
from typing import NamedTuple, get_type_hints

import click
import hostile_arguments

from ttgpt.engine.config import RunConfig
from ttgpt.tui.cli.root import cli

from .child import Child
from .damage import BYSTANDER, VICTIM, fault_in, make_home, restore
from .tally import Tally, dice

_ONLY_OF_SOME = ("5,000 digits", "10,000 characters", "setting", "digits to set", "at")
_ONLY_OF_SOME += ("superscript", "spaces", "below a file")
"""Values that are made for a few places, or much like another one: twenty are left."""

_GIVEN = {
    "RUN": [VICTIM],
    "RUNS": [VICTIM, BYSTANDER],
    "CHECKPOINT|RUN": [VICTIM],
    "NAME=VALUE": ["train.lr_scale=0.5"],
    "NAME": ["mine"],
    "PRESET": ["mine"],
    "SOURCE": ["TEXT"],
    "TEXT": ["A note."],
}
"""What the other arguments are, by how the help writes them; TEXT in a path's place is a file."""
_ALSO = {
    "train": ["--data", "/nowhere"],  # the last that is looked at: no worker is started
    "generate": ["--max-new-tokens", "4"],
}


_SKIPPED = (("doctor",), ("data", "inspect"))
"""A check-up takes seconds and has tests of its own; `inspect` has the options of `prepare`."""


class Slot(NamedTuple):
    """Where a value may be given."""

    command: tuple[str, ...]
    before: tuple[str, ...]
    option: str = ""
    prefix: str = ""


def trials(seed: int, home: Path, tally: Tally) -> Iterator[None]:
    """Each trial is one value in one place."""
    make_home(home)
    home.with_name("child").mkdir()
    child = Child(home.with_name("child"))
    home.with_name("TEXT").write_text("MARTHA:\nThe tide came in.\n" * 50)
    pristine = shutil.copytree(home, home.with_name("pristine"))
    values = hostile_arguments.values(home.with_name("child"))
    values = {name: value for name, value in values.items() if name not in _ONLY_OF_SOME}
    pairs = [(slot, name) for slot in _slots() for name in values]
    dice(seed, "options").shuffle(pairs)
    tally.tried["options, arguments, settings"] = len(set(slot for slot, _ in pairs))
    tally.tried["values"] = len(values)
    tally.tried["pairs of both"] = len(pairs)
    before, outside = _state(home), sorted({*os.listdir(home.parent), "run"})
    try:
        for slot, name in cycle(pairs):
            arguments = _arguments(slot, values[name], home)
            answer = child.ask(*arguments)
            tally.tried["commands"] += 1
            tally.tried[f"code {answer.code}"] += 1
            tally.measured("most megabytes", answer.megabytes)
            where = f"`{' '.join(slot.command)} {slot.option}` {slot.prefix}{name}"
            if wrong := fault_in(answer):
                tally.fault(where, *wrong)
            if (found := sorted(os.listdir(home.parent))) != outside:
                tally.fault(where, "wrote outside of its home", str(found))
                return
            if _state(home) != before:
                restore(home, pristine)
                before = _state(home)
            yield
    finally:
        child.close()


def _slots() -> Iterator[Slot]:
    for name in _names(RunConfig):
        yield Slot(("train",), ("mine", *_ALSO["train"]), "--set", f"{name}=")
    yield from _slots_of(cli, ())


def _slots_of(command: click.Command, path: tuple[str, ...]) -> Iterator[Slot]:
    context = click.Context(command)
    needed = [p for p in command.params if isinstance(p, click.Argument)]
    metavars = {p: p.make_metavar(context).strip("[].") for p in needed}
    also = _ALSO.get(" ".join(path), [])
    for one in command.params:
        others = [p for p in needed if p is not one]
        before = [value for p in others for value in _GIVEN[metavars[p]]]
        if isinstance(one, click.Option):
            name = one.opts[-1]
            if one.is_flag or (path and name == "--home") or path in _SKIPPED:
                continue
            yield Slot(path, (*before, *([] if name in also else also)), name)
        else:
            yield Slot(path, (*before, *also))
    for name, inner in getattr(command, "commands", {}).items():
        yield from _slots_of(inner, (*path, name))


def _names(kind: type, prefix: str = "") -> Iterator[str]:
    for name, inner in get_type_hints(kind).items():
        if is_dataclass(inner):
            yield from _names(inner, f"{prefix}{name}.")
        elif name in {field.name for field in fields(kind)}:
            yield prefix + name


def _arguments(slot: Slot, value: str, home: Path) -> list[str]:
    text = str(home.with_name("TEXT"))
    before = [text if word == "TEXT" else word for word in slot.before]
    if slot.option:
        return [*slot.command, *before, f"{slot.option}={slot.prefix}{value}"]
    return [*slot.command, *before, "--", value]


def _state(home: Path) -> dict[str, int]:
    paths = (path for path in home.rglob("*") if "player" not in path.parts)
    return {str(path): path.lstat().st_mtime_ns for path in paths if path.is_file()}

"""How a checkpoint stands in a line of the list: name, step, marks, losses, then what has room."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from ...format import NOTHING, age, count, grouped, loss, one_line, size
from ...play.choices import Choice, Vocabulary

_STEP, _MARKS, _VAL = 6, 10, 5
_SHORTEST_NAME = 6
_POINTER = 2

_MORE = (("train", 5), ("size", 6), ("age", 6), ("preset", 12))
"""Columns that come after the validation loss where there is room, in this order."""
_ROOMY = 20
"""Cells for a name before columns are added."""


class LineParts(NamedTuple):
    """One line, in the pieces that are drawn differently."""

    pointer: str
    name: str
    step: str
    marks: str
    figures: str


def heading(choices: Sequence[Choice], width: int, title: str) -> str:
    """Give what stands after the title of the list."""
    before = _name_cells(choices, width) + _POINTER - cell_len(title)
    # Where the title reaches into the column of steps, that column goes without a heading.
    room = max(0, before + 1 + _STEP)
    step = f"{'step':>{room}}" if before >= 0 else " " * room
    figures = "".join(f" {name:>{cells}}" for name, cells in _columns(width))
    return f"{step} {'':<{_MARKS}} {'val':>{_VAL}}{figures}"


def line_parts(
    choice: Choice, choices: Sequence[Choice], width: int, *, is_chosen: bool, now: float
) -> LineParts:
    """Give the line of one of the choices; `now` is Unix time."""
    more = [f" {_more(choice, name, now)[:cells]:>{cells}}" for name, cells in _columns(width)]
    return LineParts(
        "▸ " if is_chosen else "  ",
        cut_name(choice.name, _name_cells(choices, width)),
        f" {grouped(choice.step):>{_STEP}} ",
        f"{_marks(choice):<{_MARKS}}",
        f" {_loss(choice.val_loss):>{_VAL}}" + "".join(more),
    )


def _name_cells(choices: Sequence[Choice], width: int) -> int:
    longest = max((cell_len(one_line(choice.name)) for choice in choices), default=0)
    room = width - _fixed() - sum(1 + cells for _, cells in _columns(width))
    return max(_SHORTEST_NAME, min(max(longest, len("checkpoints") - _POINTER), room))


def about(choice: Choice, now: float, width: int, vocabulary: Vocabulary | None = None) -> str:
    """Say of one checkpoint what its line has no room for; of a broken one what is wrong.

    Args:
        choice: Which one.
        now: Unix time.
        width: Cells of the list.
        vocabulary: What it can read, once that is known.
    """
    if choice.problem:
        return one_line(choice.problem)
    shown = [name for name, _ in _columns(width)]
    parts = {"train": f"train {_loss(choice.train_loss)}", "size": size(choice.bytes)}
    parts["age"] = age(now - choice.created)
    found = [mark for mark in choice.marks if mark not in _marks(choice).split()]
    # Live and untrained weights are in no file.
    found += [] if not choice.bytes else [parts[name] for name in parts if name not in shown]
    if vocabulary is not None:
        found.append(count(vocabulary.parameters))
    if choice.preset and "preset" not in shown:
        found.append(one_line(choice.preset))
    if vocabulary is not None:
        found.append(vocabulary.shape)
    return _joined("  ", found, width - _POINTER)


def cut_name(name: str, cells: int) -> str:
    """Give a name in exactly so many cells; a longer one loses its start.

    Runs differ at the end of their names more often than at the start.
    """
    name = one_line(name)
    if cell_len(name) <= cells:
        return set_cell_size(name, cells)
    while cell_len(name) > cells - 1:
        name = name[1:]
    return set_cell_size("…" + name, cells)


def _columns(width: int) -> list[tuple[str, int]]:
    room = width - _fixed() - _ROOMY
    found = []
    for name, cells in _MORE:
        room -= 1 + cells
        if room < 0:
            break
        found.append((name, cells))
    return found


def _fixed() -> int:
    return _POINTER + (1 + _STEP) + (1 + _MARKS) + (1 + _VAL)


def _more(choice: Choice, name: str, now: float) -> str:
    if name == "train":
        return _loss(choice.train_loss)
    if name == "size":
        return size(choice.bytes) if choice.bytes else NOTHING
    if name == "age":
        return age(now - choice.created) if choice.created else NOTHING
    return choice.preset or NOTHING


def _loss(value: float) -> str:
    return loss(None if math.isnan(value) else value)


def _marks(choice: Choice) -> str:
    return _joined(" ", choice.marks, _MARKS)


def _joined(between: str, words: Sequence[str], cells: int) -> str:
    """Join the words that fit."""
    text = ""
    for word in words:
        longer = f"{text}{between}{word}" if text else word
        text = longer if cell_len(longer) <= cells else text
    return text

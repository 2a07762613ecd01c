"""Options that take one number or several, as in `--temperature 0.3,0.8,1.2`."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
Kind = Callable[[str], float]


def numbers(name: str, kind: Kind, default: float, text: str) -> Callable[[F], F]:
    """Give an option that takes one number or several; the command gets a tuple.

    Args:
        name: The option's name.
        kind: `int` or `float`.
        default: The one number that is meant without it.
        text: What `--help` says.
    """
    return click.option(
        name,
        default=str(default),
        show_default=True,
        callback=partial(_read_all, kind),
        metavar="INTEGER,..." if kind is int else "FLOAT,...",
        help=text,
    )


def _read_all(
    kind: Kind, context: click.Context, option: click.Parameter, value: str
) -> tuple[float, ...]:
    return tuple(dict.fromkeys(_read(kind, part.strip()) for part in value.split(",")))


def _read(kind: Kind, part: str) -> float:
    try:
        number = kind(part)
    except ValueError:
        wanted = "a whole number" if kind is int else "a number"
        raise click.BadParameter(f"{part!r} is not {wanted}.") from None
    if kind is float and not math.isfinite(number):  # JSON has no name for it
        raise click.BadParameter(f"{number} is not a finite number.")
    return number

"""What holds for one call of the command line: its home folder, and whether it speaks JSON."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import click

if TYPE_CHECKING:
    from ttgpt.engine.runs.rundir import RunFolder

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Call:
    """Filled in by `--home` and `--json`, which may stand before or after a command's name."""

    home_option: str | None = None
    json: bool = False
    umask: int = 0o077
    """The person's own; the process has a stricter one, for what lies in the home."""

    @contextlib.contextmanager
    def outside_home(self) -> Iterator[None]:
        """Make files, meanwhile, as the person's umask has it."""
        before = os.umask(self.umask)
        try:
            yield
        finally:
            os.umask(before)

    def home(self, *, to_write: bool = True) -> Path:
        """Give the folder of runs and data; `to_write` is False where it is only to be looked at.

        Raises:
            EnvironmentNotReady: It cannot be made or written.
        """
        from ttgpt.engine.home import home_folder

        return home_folder(self.home_option, to_write=to_write)

    def run(self, wanted: str) -> RunFolder:
        """Find a run by its name, its id, or its folder's path.

        Raises:
            DataError: There is no such run.
            EnvironmentNotReady: As of `home`.
        """
        from ttgpt.engine.runs.rundir import find_run

        return find_run(self.home(to_write=False), wanted)


pass_call = click.make_pass_decorator(Call)


def _keep_home(context: click.Context, option: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Call).home_option = value


def _keep_json(context: click.Context, option: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Call).json = True


home_option = click.option(
    "--home",
    metavar="DIR",
    expose_value=False,
    callback=_keep_home,
    help="Folder of runs and data. Default: TTGPT_HOME, or the user's data folder.",
)

_json_option = click.option(
    "--json",
    is_flag=True,
    expose_value=False,
    callback=_keep_json,
    help="Print JSON on stdout, and nothing else there.",
)


def with_call(command: Callable[Concatenate[Call, P], R]) -> Callable[P, R]:
    """Give a command `--json` and `--home`, and the call that they fill in as first argument."""
    return _json_option(home_option(pass_call(command)))

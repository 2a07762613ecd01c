"""The program without a command: the app, or one page of text where there is no terminal."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ttgpt.engine.runs.rundir import live_run

from .output import fields, has_screen, say

if TYPE_CHECKING:
    from ttgpt.engine.runs.rundir import RunFolder


def open_or_tell(home: Path, start_preset: str | None = None) -> None:
    """Open the app on the live run, or print how things stand where no app can be shown.

    Raises:
        UsageError: A preset is to be started where no app can be shown, or there is no such preset.
    """
    if start_preset is not None:
        _check_start(home, start_preset)
    if has_screen():
        open_app(home, start_preset=start_preset)
    else:
        _tell(home, live_run(home))


def open_app(home: Path, run: RunFolder | None = None, *, start_preset: str | None = None) -> None:
    """Show the app until it is closed, on a run if one is given, else on the live one."""
    from ..terminal import catch_signals, prepare_environment

    prepare_environment()  # Textual reads it while it is imported
    from ..app import TtgptApp
    from ..settings import load_settings

    settings = load_settings(home)
    app = TtgptApp(home, settings, attach=run, start_preset=start_preset)
    catch_signals(lambda code: app.exit(return_code=code))
    app.run(mouse=settings.mouse)
    if app.return_code:
        sys.exit(app.return_code)


def _check_start(home: Path, preset: str) -> None:
    from ttgpt.engine import own_presets
    from ttgpt.engine.errors import UsageError

    own_presets.find(home, preset)
    if not has_screen():
        raise UsageError(
            "There is no terminal to open the app in.",
            "Standard input or output is not a terminal.",
            f"Train without the app: ttgpt-tui train {shlex.quote(preset)}",
        )


def _tell(home: Path, run: RunFolder | None) -> None:
    from ttgpt.engine.data.datasets import list_sets
    from ttgpt.engine.runs.rundir import list_runs

    page = [
        ("home", str(home)),
        ("runs", f"{len(list_runs(home)):,}"),
        ("texts", f"{len(list_sets(home)):,} prepared"),
        ("live", _live(run) if run is not None else "no run is training"),
    ]
    for line in fields(page):
        say(line)
    say("\nThe app needs a terminal, with a TERM other than dumb.")
    say("Over SSH ask for one: ssh -t HOST ttgpt-tui")
    say("`ttgpt-tui --help` lists what works without one.")


def _live(run: RunFolder) -> str:
    from .summary import summarize

    one = summarize(run)
    name = shlex.quote(one.name)
    return f"{one.name}, {one.state}, step {one.steps}; watch it: ttgpt-tui attach {name}"

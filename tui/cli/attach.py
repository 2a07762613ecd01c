"""`ttgpt-tui attach`: watch a run, live or ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from .call import Call, with_call
from .output import has_screen

if TYPE_CHECKING:
    from ttgpt.engine.runs.rundir import RunFolder


@click.command()
@click.argument("run")
@with_call
def attach(call: Call, run: str) -> None:
    """Open the app on RUN.

    Without a terminal, or with --json, its events are printed as lines, from the first one to the
    end of the run.
    """
    found = call.run(run)
    if has_screen() and not call.json:
        from .entry import open_app

        open_app(call.home(), found)
    else:
        _follow(found, json=call.json)


def _follow(run: RunFolder, *, json: bool) -> None:
    from .ending import check_end, detached
    from .follow import LOOK_SECONDS, Follower, Presses, show_json, show_words

    follower = Follower(run, show_json if json else show_words())

    def alive() -> bool:
        time.sleep(LOOK_SECONDS)
        return run.is_live()

    def look() -> None:
        if presses.count:
            raise detached(run.info().name, asked=False)

    with Presses() as presses:
        follower.follow(alive, look)
    check_end(run, follower.state)

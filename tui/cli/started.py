"""What to do with a run that was just started: watch it to its end, or leave it to itself."""

from __future__ import annotations

import contextlib
import shlex
import subprocess
import threading

from ttgpt.engine.errors import TtgptError
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.runs.starting import StartedRun

from .ask import ask_to_stop
from .ending import check_end, detached
from .follow import LOOK_SECONDS, Follower, Presses, show_json, show_nothing, show_words
from .output import note, print_json, say


def follow(started: StartedRun, offset: int, *, json: bool) -> None:
    """Show the run's events to its end; Ctrl-C saves and stops it, a second one leaves it.

    Args:
        started: The run.
        offset: Where in its file of events this start begins.
        json: Show the events as they are written.

    Raises:
        TtgptError: It did not come to the end it was to reach; see `check_end`.
    """
    run, process = started.run, started.process
    name, asked = run.info().name, False
    follower = Follower(run, show_json if json else show_words(), offset)

    def look() -> None:
        nonlocal asked
        if presses.count > 1:
            raise detached(name, asked=asked)
        if presses.count and not asked:
            asked = True
            note("stopping after this step, saving; Ctrl-C again does not wait for it")
            _ask_to_stop(run, process)

    with Presses() as presses:
        follower.follow(lambda: _lives(process), look)
    check_end(run, follower.state, process, asked=asked)
    if not json:
        say(f"\nLet it write: ttgpt-tui generate {shlex.quote(name)}")


def leave(started: StartedRun, offset: int, *, json: bool) -> None:
    """Return once the device is open, so that a run that cannot begin is told of here.

    Raises:
        TtgptError: The run ended before.
    """
    run, process = started.run, started.process
    info = run.info()
    follower = Follower(run, show_nothing, offset)

    def look() -> None:
        if presses.count:
            raise detached(info.name, asked=False)

    with Presses() as presses:
        follower.follow(lambda: follower.state.opened is None and _lives(process), look)
    if follower.state.opened is None:
        check_end(run, follower.state, process)
    if json:
        print_json({"id": info.id, "name": info.name, "path": str(run.path), "pid": process.pid})
        return
    say(f"The run {info.name!r} is training.")
    say(f"Watch it: ttgpt-tui attach {shlex.quote(info.name)}")


def _ask_to_stop(run: RunFolder, process: subprocess.Popen[bytes]) -> None:
    """Ask beside the following, so that what the worker still writes is seen meanwhile."""

    def ask() -> None:
        with contextlib.suppress(TtgptError):  # busy, or ending already: its events will tell
            ask_to_stop(run, process)

    threading.Thread(target=ask, daemon=True).start()


def _lives(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False

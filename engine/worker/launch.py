"""Start a worker as a process of its own: it outlives the app, the terminal and the login."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

from ..disk import atomic
from ..disk.folders import disk_error
from ..errors import DataError, EnvironmentNotReady
from ..host.children import Program
from ..runs.rundir import RunFolder, list_runs
from .player import PlayerFolder
from .program import worker_program

_STARTED: list[subprocess.Popen[bytes]] = []
"""Workers of this process that may still live: kept, so that an ended one is reaped."""


def start_training(run: RunFolder) -> subprocess.Popen[bytes]:
    """Start the worker that trains a run, from its last checkpoint when it has one.

    The caller may drop the handle; while it keeps it, `poll` tells how the worker ended.

    Raises:
        TtgptError: It cannot be started.
    """
    try:
        program = worker_program(run.home, run.info().backend)
        process = _spawn(program, ["train", str(run.path)], cwd=run.path, log=run.log)
    except BaseException as error:
        run.starter.unlink(missing_ok=True)  # this process lives on, but starts nothing
        if isinstance(error, OSError):
            raise disk_error(f"The worker of {run.name!r} cannot be started.", error) from error
        raise
    with contextlib.suppress(OSError):  # then the run is starting while this process lives
        run.name_starter(process.pid)
    return process


def start_player(player: PlayerFolder) -> subprocess.Popen[bytes]:
    """Start the worker that only generates; it ends by itself after an idle time.

    Raises:
        DataError: The disk refuses.
        EnvironmentNotReady: The worker's interpreter cannot be started.
    """
    try:
        player.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        player.clear_error()
        program = worker_program(player.path.parent)
        return _spawn(program, ["play", str(player.path)], cwd=player.path, log=player.log)
    except OSError as error:
        raise disk_error("The worker that generates cannot be started.", error) from error


def refuse_second_trainer(home: Path, backend: str) -> None:
    """Refuse to start a run beside a live one, before a folder is made for it.

    The device's lock decides in the end; this is the same answer, sooner and without leftovers.

    Raises:
        EnvironmentNotReady: A run trains on this backend.
    """
    for run in list_runs(home):
        with contextlib.suppress(DataError):  # a damaged run does not train
            if not run.is_live() or run.info().backend != backend:
                continue
            name = run.info().name
            words = "training" if run.live_words == "live" else run.live_words
            raise EnvironmentNotReady(
                f"The run {name!r} is {words} on this device.",
                "Two trainers on one device would each be many times slower, or fail.",
                f"Watch it: ttgpt-tui attach '{name}'. Or stop it: ttgpt-tui runs stop '{name}'.",
            )


def _spawn(
    program: Program, arguments: list[str], *, cwd: Path, log: Path
) -> subprocess.Popen[bytes]:
    # The app's own folder must not be on the worker's path: `-m` puts the working folder there.
    command = [program.python, "-m", "ttgpt.engine.worker", *arguments]
    fd = atomic.open_append(log)
    _STARTED[:] = [child for child in _STARTED if child.poll() is None]
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=program.environment,
            stdin=subprocess.DEVNULL,
            stdout=fd,
            stderr=fd,
            start_new_session=True,
            close_fds=True,
        )
    except OSError as error:
        raise EnvironmentNotReady(
            "Cannot start the worker.",
            f"{program.python}: {error.strerror}.",
            program.mend,
        ) from error
    finally:
        os.close(fd)
    _STARTED.append(process)
    return process

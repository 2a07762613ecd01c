"""How a failure is told: three lines on stderr, one JSON object on stdout with `--json`, a code."""

from __future__ import annotations

import errno
import os
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from ttgpt.engine.convert import cut
from ttgpt.engine.disk.folders import disk_error
from ttgpt.engine.errors import DataError, Interrupted, TtgptError, UsageError

from .call import Call
from .output import note, print_json

INTERNAL = "Internal error"
_REFUSALS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


def report(problem: Exception, call: Call, arguments: Sequence[str]) -> int:
    """Print what went wrong and give the exit code.

    Args:
        problem: Whatever ended the command.
        call: The call; it knows about `--json` once the options were read.
        arguments: The command line, for errors found while the options were read.
    """
    error = as_error(problem, call)
    unread = isinstance(problem, click.UsageError) and "--json" in arguments
    if call.json or unread:
        print_json({"error": error.to_dict()})
    for label, text in (("what", error.what), ("why", error.why), ("next", error.next_step)):
        if text:
            note(f"{label:<6} {' '.join(text.split())}")
    return error.exit_code


def as_error(problem: Exception, call: Call) -> TtgptError:
    """Turn any exception into an error that a person can read."""
    if isinstance(problem, TtgptError):
        return problem
    if isinstance(problem, click.exceptions.Abort):
        return Interrupted("Interrupted.", "The command was ended before it was done.")
    if isinstance(problem, click.UsageError):
        return _wrong_usage(problem)
    if isinstance(problem, click.ClickException):
        return UsageError(problem.format_message())
    if isinstance(problem, OSError) and problem.errno in _REFUSALS:
        return disk_error("Not everything could be written.", problem)
    if isinstance(problem, OSError) and problem.filename is not None:
        path = os.fsdecode(problem.filename)
        why, next_step = f"{problem.strerror}.", "Look at what lies there, or give another path."
        return DataError(f"{cut(path)} cannot be used.", why, next_step)
    return _internal(problem, call)


def _wrong_usage(problem: click.UsageError) -> UsageError:
    context = problem.ctx
    if context is None:
        next_step = "`ttgpt-tui --help` shows how it is to be written."
        return UsageError(problem.format_message(), "The command line is not complete.", next_step)
    return UsageError(
        problem.format_message(),
        context.get_usage(),
        f"`{context.command_path} --help` shows every option.",
    )


def _internal(problem: Exception, call: Call) -> TtgptError:
    kept = _keep_trace("".join(traceback.format_exception(problem)), call)
    where = f"The whole trace is in {kept}; please report it." if kept else "Please report it."
    return TtgptError(f"{INTERNAL}.", f"{type(problem).__name__}: {problem}", where)


def _keep_trace(trace: str, call: Call) -> Path | None:
    try:
        folder = call.home() / "errors"
        folder.mkdir(exist_ok=True)
    except (OSError, TtgptError):
        folder = Path(tempfile.gettempdir())
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            dir=folder,
            prefix=time.strftime("ttgpt-%Y-%m-%d-%H%M%S-"),
            suffix=".txt",
            delete=False,
            encoding="utf-8",
            errors="backslashreplace",
        ) as file:
            file.write(trace)
    except OSError:
        return None
    return Path(file.name)

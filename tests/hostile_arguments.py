"""Every option and argument of every command with values that break things."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import click

from ttgpt.tui.cli import main
from ttgpt.tui.cli.failure import INTERNAL
from ttgpt.tui.cli.root import cli

LABELS = ["what   ", "why    ", "next   "]
CODES = {0, 1, 2, 3, 4, 5, 7}
RUN = "stage2"
"""The run that commands are given where they need one: it has ended."""

# Never reached, or harmless: what a command needs besides the value that is tried.
_NEEDED = {
    "run": RUN,
    "runs": RUN,
    "checkpoints": RUN,
    "name": "other",
    "settings": "train.max_steps=5",
    "source": "missing.txt",
}
_SECONDS = 60


def values(folder: Path) -> dict[str, str]:
    """Give the values by what they are; files that some of them name are made in a folder."""
    fifo = folder / "fifo"
    if not fifo.exists():
        os.mkfifo(fifo)
    return {
        "empty": "",
        "300 characters": "x" * 300,
        "10,000 characters": "x" * 10_000,
        "long path": "/".join(["d" * 200] * 40),
        "control characters": "\x1b[2J\x07\r\n\x7f\x9b",
        "hyphen": "-x",
        "above": "../..",
        "400 digits": "9" * 400,
        "5,000 digits": "9" * 5_000,
        "below zero": "-1",
        "nan": "nan",
        "infinite": "inf",
        "too large": "1e999",
        "near zero": "1e-320",
        "brackets": "[" * 5_000 + "]" * 5_000,
        "setting": "sample.prompts=" + "[" * 100_000,
        "digits to set": "train.max_steps=" + "9" * 5_000,
        "at": f"{RUN}@" + "9" * 5_000,
        "superscript": f"{RUN}@\u00b2",
        "invalid bytes": "\udcff\udc80",
        "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467",
        "spaces": "   ",
        "home": "~no-such-user/x",
        "pattern": "[!-",
        "folder": str(folder),
        "fifo": str(fifo),
        "endless": "/dev/zero",
        "below a file": "/dev/null/x",
    }


def commands(command: click.Command = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give each command as the words that call it."""
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


def calls(path: tuple[str, ...], tried: Sequence[str]) -> Iterator[list[str]]:
    """Give the lines that put each value into each place of a command, one at a time."""
    command: click.Command = cli
    for word in path:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    for parameter in command.params:
        if not getattr(parameter, "is_flag", False):
            for value in tried:
                yield _call(command, path, parameter, value)


def _call(
    command: click.Command, path: tuple[str, ...], tried: click.Parameter, value: str
) -> list[str]:
    words = list(path)
    if isinstance(tried, click.Option):
        words.append(f"{tried.opts[0]}={value}")
        words += ["demo"] if path == ("train",) and tried.name != "home" else []
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    needed = [_NEEDED.get(str(p.name), "") for p in arguments if p.required or p is tried]
    if tried in arguments:
        needed[[p for p in arguments if p.required or p is tried].index(tried)] = value
    return [*words, "--", *needed] if needed else words


def fault(arguments: Sequence[str]) -> str:
    """Run one command line in this process, and say what is wrong with how it ended."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    code: Any = None
    problem = ""
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _at_most(_SECONDS):
        before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO())
        try:
            main(arguments)
        except SystemExit as left:
            code = left.code or 0
        except BaseException as error:
            problem = f"{type(error).__name__}: {error}"
        finally:
            sys.stdin = before
    out.flush()
    err.flush()
    printed = out.buffer.getvalue()  # type: ignore[attr-defined]
    said = err.buffer.getvalue().decode(errors="replace")  # type: ignore[attr-defined]
    if problem:
        return problem
    if code not in CODES:
        return f"exit code {code}"
    if INTERNAL in said or "Traceback" in said:
        return said
    labels = [line[:7] for line in said.splitlines() if line[:7] in LABELS]
    # `doctor` says what it found on stdout, and its code follows from that.
    if code and not printed and labels not in (LABELS[:1], LABELS[:2], LABELS[::2], LABELS):
        return f"exit code {code}, but not in three lines: {said[:500]!r}"
    return ""


@contextlib.contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    def end(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"it took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

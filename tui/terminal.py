"""The terminal around the app: what to set before it opens, when it is gone, what signals do.

Nothing here imports Textual, which reads its environment while it is imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import termios
from collections.abc import Callable, Mapping, MutableMapping
from types import FrameType
from typing import Any

_NOT_A_TERMINAL = 25  # ENOTTY
_PUT_BY_PYTHON = "C.UTF-8"
_IN, _OUT = 0, 2
"""Descriptors that Textual reads from and draws on."""

_RESTORE = (
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # the mouse's reports
    b"\x1b[?2004l\x1b[?2048l\x1b[?7h"  # bracketed paste, reports of the size, line wrap
    b"\x1b[<u"  # kitty's keys, which the alternate screen keeps apart
    b"\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[0m"  # that screen, cursor, reports of focus, colours
)
"""Takes back all that Textual asks of a terminal."""
_LEAVE = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_FATAL = frozenset(signal.valid_signals()) - {
    *_LEAVE,
    *(signal.SIGKILL, signal.SIGSTOP),  # not to be caught
    *(signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL),  # no Python runs after these
    *(signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGCONT),  # stop and go on
    *(signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH),  # end nothing
}


def is_remote(environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether the terminal is at the other end of an SSH link."""
    return any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))


def has_many_glyphs(environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether the terminal can be expected to show more than ASCII.

    Asks what a person has set, not Python: in the C locale it writes UTF-8 by itself, and puts
    LC_CTYPE=C.UTF-8 into its environment, whatever the terminal makes of that.
    """
    # The console of a Linux kernel has a font of 256 or 512 glyphs, without braille.
    if environment.get("TERM") in ("linux", "dumb"):
        return False
    told = [environment.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if told[1] == _PUT_BY_PYTHON:
        del told[1]
    said = next(filter(None, told), _PUT_BY_PYTHON)
    return "utf" in said.lower()


def prepare_environment(environment: MutableMapping[str, str] = os.environ) -> None:
    """Choose Textual's switches for this terminal; what a person set themselves stays."""
    chosen = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"}
    if is_remote(environment):
        # On a slow link the bytes of an arrow key arrive apart; its first one is Esc.
        chosen |= {"TEXTUAL_FPS": "15", "ESCDELAY": "250"}
    if environment.get("TMUX") or environment.get("TERM", "").startswith("screen"):
        chosen["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
    for name, value in chosen.items():
        environment.setdefault(name, value)


def catch_signals(leave: Callable[[int], object]) -> None:
    """Let no signal end the app and leave the terminal as the app had set it.

    Those that ask it to leave are handed to the loop, even where they were ignored (nohup); a
    second one, like every other that would end the process, restores the terminal and lets it end.

    Args:
        leave: Leaves in good order, with this exit code.
    """
    attributes = _attributes()

    def die(number: int, _: FrameType | None) -> None:
        _restore(attributes)
        _die_of(number)

    def ask(number: int, _: FrameType | None) -> None:
        signal.signal(number, die)
        if is_gone() or not _in_loop(lambda: leave(128 + number)):
            die(number, None)

    for number in _LEAVE:
        signal.signal(number, ask)
    for other in _FATAL:
        if signal.getsignal(other) == signal.SIG_DFL:
            signal.signal(other, die)


def catch_stops(suspend: Callable[[], object], redraw: Callable[[], object]) -> None:
    """Let the app be suspended, also from outside, and come back whole.

    Args:
        suspend: Restores the terminal, stops (see `stop`), and sets up the terminal again.
        redraw: Sets up the terminal again: another program may have had it meanwhile.
    """

    def go_on(number: int, _: FrameType | None) -> None:
        _wait_for_foreground()
        _in_loop(redraw)

    signal.signal(signal.SIGTSTP, lambda *_: _in_loop(suspend))
    signal.signal(signal.SIGCONT, go_on)


def stop() -> None:
    """Stop until the shell lets this go on in the foreground.

    With it stops all that the shell started with it, such as `make`: else the shell would wait on.
    """
    handlers = {
        number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTSTP, signal.SIGCONT)
    }
    os.kill(0, signal.SIGTSTP)  # does nothing where no shell is there to let it go on
    _wait_for_foreground()
    for number, handler in handlers.items():
        signal.signal(number, handler)


def is_gone() -> bool:
    """Say whether the terminal on stdin was hung up."""
    stdin = sys.__stdin__
    if stdin is None or stdin.closed:
        return True
    try:
        termios.tcgetattr(stdin.fileno())
    except termios.error as error:
        return bool(error.args[0] != _NOT_A_TERMINAL)
    return False


def leave() -> None:
    """End at once: there is no terminal to restore, and nothing here that could be lost."""
    _die_of(signal.SIGHUP)


def _die_of(number: int) -> None:
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


def _in_loop(act: Callable[[], object]) -> bool:
    """Do something between two callbacks of the loop; say whether there is one."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return False
    loop.call_soon_threadsafe(act)  # from a signal too: nothing else wakes the loop
    return True


def _wait_for_foreground() -> None:
    with contextlib.suppress(OSError):
        while os.tcgetpgrp(_IN) != os.getpgrp():
            os.kill(0, signal.SIGSTOP)


def _attributes() -> list[Any] | None:
    try:
        return termios.tcgetattr(_IN)
    except termios.error:
        return None


def _restore(attributes: list[Any] | None) -> None:
    """Make the terminal as it was, by no lock that the interrupted code might hold."""
    if attributes is None or _attributes() == attributes:
        return
    out = os.dup(_OUT)
    # What is still to be drawn goes nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), _OUT)
    if select.select([], [out], [], 0.5)[1]:  # a terminal that takes nothing holds up nobody
        os.write(out, _RESTORE)
    termios.tcsetattr(_IN, termios.TCSANOW, attributes)

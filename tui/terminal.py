"""The terminal around the app: what to set before Textual is imported, and when it is gone.

Nothing here imports Textual, which reads its environment while it is imported.
"""

from __future__ import annotations

import os
import signal
import sys
import termios
from collections.abc import Mapping, MutableMapping

_NOT_A_TERMINAL = 25  # ENOTTY
_PUT_BY_PYTHON = "C.UTF-8"


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


def die_with_terminal() -> None:
    """Make a hang-up end this process, even where it was started to ignore one (nohup)."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


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
    die_with_terminal()
    signal.raise_signal(signal.SIGHUP)

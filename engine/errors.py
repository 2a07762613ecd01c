"""Every error a person can meet, each with what happened, why, and the next step.

    TtgptError                1  failed
    ├── UsageError            2  a wrong flag, key or value
    ├── EnvironmentNotReady   3  something is missing on this host
    ├── DataError             4  a text, data set, run or checkpoint is missing or damaged
    ├── Interrupted           5  stopped by a person or a signal, state saved
    └── NotSupported          7  not possible with this backend

The numbers are the exit codes of the command line.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class TtgptError(Exception):
    """Something a person should read: three short lines and an exit code."""

    exit_code = 1

    def __init__(self, what: str, why: str = "", next_step: str = "") -> None:
        super().__init__(what, why, next_step)
        self.what = what
        self.why = why
        self.next_step = next_step

    def __str__(self) -> str:
        return "\n".join(line for line in (self.what, self.why, self.next_step) if line)

    def to_dict(self) -> dict[str, object]:
        """Give the error as a JSON object, as it travels over the socket and in `--json`."""
        return {
            "what": self.what,
            "why": self.why,
            "next": self.next_step,
            "exit_code": self.exit_code,
        }

    @staticmethod
    def from_dict(fields: dict[str, object]) -> TtgptError:
        """Rebuild an error of the right class from `to_dict`'s object."""
        kinds = {kind.exit_code: kind for kind in TtgptError.__subclasses__()}
        kinds[TtgptError.exit_code] = TtgptError  # some kinds have no code of their own
        kind = kinds.get(int(str(fields.get("exit_code", 1))), TtgptError)
        return kind(
            str(fields.get("what", "")), str(fields.get("why", "")), str(fields.get("next", ""))
        )


class UsageError(TtgptError):
    """A wrong flag, key or value; nothing was changed."""

    exit_code = 2


class EnvironmentNotReady(TtgptError):
    """Something this host needs is missing or in use."""

    exit_code = 3


class DataError(TtgptError):
    """A text, data set, run or checkpoint is missing or damaged."""

    exit_code = 4


class Interrupted(TtgptError):
    """Stopped by a person or a signal, with the state saved."""

    exit_code = 5


class NotSupported(TtgptError):
    """Not possible with this backend or version."""

    exit_code = 7


def as_told(error: Exception, what: str) -> TtgptError:
    """Give any error as one that a person should read; `what` says what could not be done."""
    if isinstance(error, TtgptError):
        return error
    return TtgptError(what, f"{type(error).__name__}: {error}", "Please report it: this is a bug.")


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name a mistyped one is close to, as the end of an error's last line.

    Where none is close all are listed; of dotted names those of the same section.
    """
    names = sorted(known)
    likeness, likeliest = max(((_likeness(name, one), one) for one in names), default=(0.0, ""))
    if likeness >= _CLOSE:
        return f"Did you mean {likeliest}?"
    section = name[: name.find(".") + 1]
    names = [one for one in names if section and one.startswith(section)] or names
    return f"Known: {', '.join(names)}."


_CLOSE = 0.7
"""Share of letters that two names must have in common, in order: about one in four is mistyped."""


def _likeness(name: str, known: str) -> float:
    """Compare two names, of the same section without it: what they share anyway says nothing."""
    section = known[: known.find(".") + 1]
    if section and (name.startswith(section) or "." not in name):
        name, known = name.removeprefix(section), known.removeprefix(section)
    if len(name) > 2 * len(known):
        return 0.0
    return difflib.SequenceMatcher(None, name, known).ratio()

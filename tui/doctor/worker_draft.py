"""What the worker is started with, and from where each value comes, to be changed by a person."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ttgpt.engine.doctor.environment import worker_environment
from ttgpt.engine.doctor.host import Host
from ttgpt.engine.doctor.pythons import Python, choose_python, find_pythons
from ttgpt.engine.errors import UsageError
from ttgpt.engine.worker_settings import WorkerSettings

KNOWN = (
    "TT_METAL_HOME",
    "TT_METAL_RUNTIME_ROOT",
    "TT_METAL_ARCH_NAME",
    "TT_METAL_CACHE",
    "TT_METAL_LOGS_PATH",
    "TT_LOGGER_LEVEL",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
)
"""Variables that are always shown, in this order."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Variable:
    """One variable of the worker's environment."""

    name: str
    base: str
    """What it is unless something is saved."""
    base_origin: str
    """Where that comes from: computed, exported, or nothing where it is not set."""
    saved: str | None

    @property
    def value(self) -> str:
        """What the worker gets now."""
        return self.base if self.saved is None else self.saved

    def origin(self, value: str) -> str:
        """Say in a word where a value comes from."""
        if value == self.base:
            return self.base_origin
        return "saved" if value == self.saved else "changed"


@dataclass(frozen=True)
class WorkerDraft:
    """What computes, the interpreter and the variables as they are now."""

    backend: str
    """As saved: auto, torch or ttml."""
    python: str
    """The saved interpreter; empty where it is found."""
    automatic: str
    """The interpreter that is found."""
    pythons: Sequence[Python]
    variables: Sequence[Variable]

    def changes(self, backend: str, python: str, values: Mapping[str, str]) -> dict[str, str]:
        """Give what has to be saved, by dotted names; an empty value takes a setting out.

        Raises:
            UsageError: There is no program at the interpreter's path.
        """
        found = {}
        if backend != self.backend:
            found["backend"] = backend
        if python != self.python:
            found["worker.python"] = _program(python)
        for variable in self.variables:
            value = values.get(variable.name, variable.value)
            if value != variable.value:
                back = value in ("", variable.base)
                found[f"worker.env.{variable.name}"] = "" if back else value
        return found


def draft(host: Host) -> WorkerDraft:
    """See what the worker gets on a host, and what it would get with nothing saved."""
    bare = replace(host, worker=WorkerSettings(python=host.worker.python))
    computed, saved = worker_environment(bare), host.worker.env
    names = dict.fromkeys([*KNOWN, *computed, *saved])
    return WorkerDraft(
        backend=host.backend,
        python=host.worker.python,
        automatic=choose_python(replace(host, worker=WorkerSettings())),
        pythons=find_pythons(replace(host, worker=WorkerSettings())),
        variables=[_variable(name, computed, host.environ, saved) for name in names],
    )


def one_more(text: str) -> tuple[str, str]:
    """Read `NAME=value`.

    Raises:
        UsageError: It is something else.
    """
    name, sign, value = text.strip().partition("=")
    if not (sign and _NAME.fullmatch(name)):
        raise UsageError(
            f"{text.strip()!r} is no variable.",
            "It needs a name, an equals sign and a value.",
            "Write it as NAME=value.",
        )
    return name, value


def _variable(
    name: str, computed: Mapping[str, str], exported: Mapping[str, str], saved: Mapping[str, str]
) -> Variable:
    origin = "computed" if name in computed else "exported" if name in exported else ""
    base = computed.get(name, exported.get(name, ""))
    return Variable(name, base, origin, saved.get(name))


def _program(python: str) -> str:
    """Give an interpreter's whole path: the worker and the probes start in other folders."""
    path = os.path.abspath(os.path.expanduser(python)) if python else ""
    if path and not (os.path.isfile(path) and os.access(path, os.X_OK)):
        raise UsageError(
            f"There is no program at {python}.",
            "The worker is started with it, so it must be a Python that can be run.",
            "Choose one of those that were found, or mend the path.",
        )
    return path

"""With which interpreter and environment a worker, or its check beforehand, is started."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from pathlib import Path

from ..disk.folders import disk_error
from ..doctor.environment import full_environment
from ..doctor.host import Host
from ..doctor.pythons import choose_python
from ..host.children import Program
from ..worker_settings import load_backend, load_worker

_PARTS = ("engine", "presets", "assets")


def worker_program(home: Path, backend: str = "auto") -> Program:
    """Give the interpreter and the whole environment of a worker.

    Args:
        home: The home folder, with the settings.
        backend: What it will compute with; `auto` takes the one in the settings.

    Raises:
        TtgptError: The settings cannot be read, or the home folder not written.
    """
    backend = load_backend(home) if backend == "auto" else backend
    host = Host.here(home, load_worker(home))
    python, environment = choose_python(host, backend), full_environment(host, backend)
    if python == sys.executable:
        return Program(python, environment, "Install ttgpt-tui again.")
    environment["PYTHONPATH"] = os.pathsep.join(
        filter(None, (str(_lend_code(home)), environment.get("PYTHONPATH")))
    )
    return Program(python, environment, "`ttgpt-tui doctor` looks at that interpreter.")


def _lend_code(home: Path) -> Path:
    """Give a folder from which another interpreter can import this program, and nothing else.

    It holds links. What is installed beside this program stays invisible to that interpreter,
    which has its own; and the worker is always of the same version as the app.
    """
    installed = Path(__file__).resolve().parents[2]
    folder = home / "code" / hashlib.sha256(os.fsencode(installed)).hexdigest()[:12]
    try:
        (folder / "ttgpt").mkdir(parents=True, exist_ok=True)
        for name in _PARTS:
            with contextlib.suppress(FileExistsError):  # made before
                (folder / "ttgpt" / name).symlink_to(installed / name)
    except OSError as error:
        raise disk_error(f"Cannot prepare {home} for another interpreter.", error) from error
    return folder

"""The child process that does the known run on a backend, asked as `host.children` says.

What its libraries print goes to a file, which may hold the reason when it ends without an answer.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from .. import backends
from ..host import children
from ..training.known_run import MODEL, follow, train_config
from .device import take_device

LOG = "self-test.log"


def work(question: dict[str, Any]) -> dict[str, Any]:
    """Train so many steps and give the course, without the weights.

    Raises:
        TtgptError: The backend or its device is not there, or is in use.
    """
    _keep_noise_out(Path(question["home"]) / LOG)
    answers = sys.stdout
    backend, train = backends.get(question["backend"]), train_config(question["steps"])
    with contextlib.ExitStack() as opened:
        opened.enter_context(contextlib.redirect_stdout(sys.stderr))
        take_device(backend.device(train.device), "the doctor's training test", opened)

        def say(said: str) -> None:
            print(json.dumps({"say": said}), file=answers, flush=True)

        course = follow(backend, MODEL, train, say)
    found = dict(vars(course))
    del found["weights"]
    return found


def _keep_noise_out(log: Path) -> None:
    """Leave standard output to the answer alone: compiled libraries print there too."""
    answers = os.dup(1)
    noise = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(noise, 1)
    os.dup2(noise, 2)
    os.close(noise)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(answers, "w", encoding="utf-8")


if __name__ == "__main__":
    children.answer(work)

"""Have a configuration tried by a child process: see `worker.trying` for what it does."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from ..config import RunConfig
from ..doctor.readiness import explained
from ..errors import EnvironmentNotReady, Interrupted, TtgptError
from ..host.children import current_folder
from ..worker.program import worker_program
from ..worker_settings import load_backend
from . import tries
from .tries import Try

_WORDS = ("say", "step", "result", "error")
_PATIENCE_S = 5.0
"""Seconds between asking a try to end and killing it."""

Progress = Callable[[str, float], None]
"""Takes a few words about what is being done, and the share that is done, from 0 to 1."""


class Trying:
    """One try; `cancel` may be called from another thread."""

    def __init__(self, home: Path, config: RunConfig, backend: str = "auto") -> None:
        self._home = home
        self._config = config
        self._backend = backend
        self._child: subprocess.Popen[str] | None = None
        self._cancelled = threading.Event()
        self._killing: threading.Thread | None = None

    def cancel(self, patience: float = _PATIENCE_S) -> None:
        """End the try after the step under way; kill it where that takes longer than `patience`.

        Code that hangs in a library or a driver never comes to see a signal.
        """
        self._cancelled.set()
        if self._child is not None:
            self._end(self._child, patience)

    def _end(self, child: subprocess.Popen[str], patience: float = _PATIENCE_S) -> None:
        child.terminate()
        if self._killing is None:
            # No daemon: who leaves the app meanwhile leaves no hanging child behind.
            self._killing = threading.Thread(target=_kill_if_hanging, args=(child, patience))
            self._killing.start()

    def run(self, progress: Progress = lambda words, share: None) -> Try:
        """Measure, keep what was measured, and give it.

        Raises:
            Interrupted: It was cancelled; nothing was kept.
            TtgptError: The configuration cannot be trained here.
        """
        if self._backend == "auto":
            self._backend = load_backend(self._home)
        try:
            answer, complaint = self._ask(progress)
        except OSError as error:  # there is no such interpreter
            answer, complaint = {}, f"{error.strerror}."
        if self._cancelled.is_set():
            raise Interrupted("The try was ended.", "", "Nothing was kept.")
        if "error" in answer:
            raise TtgptError.from_dict(answer["error"])
        if "result" not in answer:
            said = EnvironmentNotReady(
                "The try ended without an answer.",
                complaint or "It was killed, or out of memory.",
                "Try a smaller train.batch_size or model.",
            )
            raise explained(self._home, self._backend, said)
        measured = Try(**answer["result"])
        tries.save(self._home, self._config, measured, self._backend)
        return measured

    def _ask(self, progress: Progress) -> tuple[dict[str, Any], str]:
        question = {
            "home": str(self._home),
            "backend": self._backend,
            "config": self._config.to_dict(),
            "cwd": current_folder(),
        }
        program = worker_program(self._home, self._backend)
        command = [program.python, "-m", "ttgpt.engine.worker.trying", json.dumps(question)]
        answer: dict[str, Any] = {}
        progress("starting", 0.0)
        # What libraries and traces say goes to a file: it may cut through a line of ours.
        with (
            tempfile.TemporaryFile() as complaints,
            subprocess.Popen(
                command,
                cwd=self._home,
                env=program.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
                encoding="utf-8",
                errors="replace",
            ) as self._child,
        ):
            if self._cancelled.is_set():
                self._end(self._child)
            assert self._child.stdout is not None
            for line in self._child.stdout:
                said = _read(line)
                if said:
                    answer = said
                    _pass_on(answer, progress)
            status = self._child.wait()
            return answer, _last_line(complaints) if status >= 0 else ""


def _kill_if_hanging(child: subprocess.Popen[str], patience: float) -> None:
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        child.kill()


def _read(line: str) -> dict[str, Any]:
    """Read what the child says; empty where it is a library's own remark."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    is_ours = isinstance(said, dict) and not said.keys().isdisjoint(_WORDS)
    return said if is_ours else {}


def _last_line(complaints: IO[bytes]) -> str:
    """Give the last line that is not empty: of a trace, that is the error."""
    complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - 4096))
    lines = complaints.read().decode("utf-8", "replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _pass_on(answer: dict[str, Any], progress: Progress) -> None:
    if "say" in answer:
        progress(str(answer["say"]), 0.0)
    elif "step" in answer:
        progress(f"step {answer['step']} of {answer['of']}", answer["step"] / answer["of"])

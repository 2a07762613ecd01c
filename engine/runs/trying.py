"""Have a configuration tried by a child process: see `worker.trying` for what it does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from ..config import RunConfig
from ..doctor.readiness import explained
from ..errors import EnvironmentNotReady, Interrupted
from ..host import children
from ..worker.program import worker_program
from ..worker_settings import load_backend
from . import tries
from .tries import Try

CHILD = "ttgpt.engine.worker.trying"
PATIENCE_S = 5.0
"""Seconds between asking a try to end and killing it: it may have a device to close."""

Progress = Callable[[str, float], None]
"""Takes a few words about what is being done, and the share that is done, from 0 to 1."""


class Trying:
    """One try; `cancel` may be called from another thread."""

    def __init__(
        self, home: Path, config: RunConfig, backend: str = "auto", patience: float = PATIENCE_S
    ) -> None:
        self._home = home
        self._config = config
        self._backend = backend
        self._patience = patience
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """End the try after the step under way; it is killed where that takes too long.

        Code that hangs in a library or a driver never comes to see a signal.
        """
        self._cancelled.set()

    def run(self, progress: Progress = lambda words, share: None) -> Try:
        """Measure, keep what was measured, and give it.

        Raises:
            Interrupted: It was cancelled; nothing was kept.
            TtgptError: The configuration cannot be trained here.
        """
        if self._backend == "auto":
            self._backend = load_backend(self._home)
        progress("starting", 0.0)
        try:
            result = children.ask(
                CHILD,
                {
                    "home": str(self._home),
                    "backend": self._backend,
                    "config": self._config.to_dict(),
                },
                folder=self._home,
                remark=lambda said: _pass_on(said, progress),
                cancel=self._cancelled.is_set,
                program=worker_program(self._home, self._backend),
                patience=self._patience,
            )
        except children.NoAnswer as silence:
            said = EnvironmentNotReady(
                "The try ended without an answer.",
                silence.why,
                "Try a smaller train.batch_size or model.",
            )
            raise explained(self._home, self._backend, said) from silence
        except Interrupted:
            self._cancelled.set()
        if self._cancelled.is_set():
            raise Interrupted("The try was ended.", "", "Nothing was kept.")
        measured = Try(**result)
        tries.save(self._home, self._config, measured, self._backend)
        return measured


def _pass_on(said: children.Remark, progress: Progress) -> None:
    if "say" in said:
        progress(str(said["say"]), 0.0)
    elif "step" in said:
        progress(f"step {said['step']} of {said['of']}", said["step"] / said["of"])

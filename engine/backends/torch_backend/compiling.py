"""A child process that compiles what its parent will want, into the cache that both read.

Compiling takes a core or two and Python's lock for half a minute; in a process of its own, with
less priority, training goes on beside it.
"""

from __future__ import annotations

import dataclasses
import os
import threading
from pathlib import Path
from typing import Any

from ...config import ModelConfig, TrainConfig
from ...errors import TtgptError
from ...host import children
from .plan import Plan

_NICENESS = 5
"""Added to the parent's. Linux then gives the child a quarter of a core that training wants too
(weights of 335 to 1,024); at 19 it would be a seventieth, for the same work in all."""


class Compiling(threading.Thread):
    """Waits for the child.

    Args:
        model: The network.
        train: How it is trained.
        vocab_size: Tokens in the vocabulary.
        plan: In which arithmetic, on how many threads.
        folder: Where the child starts, and where compiled code is kept.
    """

    def __init__(
        self, model: ModelConfig, train: TrainConfig, vocab_size: int, plan: Plan, folder: Path
    ) -> None:
        super().__init__(name="compiling", daemon=True)
        self._question = {
            "model": dataclasses.asdict(model),
            "train": dataclasses.asdict(dataclasses.replace(train, milestones=())),
            "vocab_size": vocab_size,
            "folder": str(folder),
            "numerics": {**dataclasses.asdict(plan), "compiled_from": 0},
        }
        self._folder = folder
        self._cancelled = threading.Event()
        self.trouble = "The step is not compiled."
        """A sentence on why; empty when the thread has ended and all is there."""

    def run(self) -> None:
        """Ask the child."""
        try:
            answer = children.ask(
                __name__, self._question, folder=self._folder, cancel=self._cancelled.is_set
            )
            self.trouble = "" if answer["compiled"] else answer["said"]
        except TtgptError as error:
            self.trouble = f"The step is not compiled: {error.what} {error.why}"
        except OSError as error:  # no pipe, no process
            self.trouble = f"The step is not compiled: {error.strerror}."

    def cancel(self) -> None:
        """End the child, and wait until it is gone."""
        self._cancelled.set()
        self.join()


def work(question: dict[str, Any]) -> dict[str, Any]:
    """Be the child: open the same session, and have its step compiled."""
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
    from .session import open_session

    os.nice(_NICENESS)
    session = open_session(
        ModelConfig(**question["model"]),
        TrainConfig(**question["train"]),
        question["vocab_size"],
        seed=0,
        numerics=question["numerics"],
        training=True,
        report=lambda what: None,
        measured=Path(question["folder"]),
    )
    said = session.tune(0.0)
    return {"compiled": "compiled_from" in session.describe().numerics, "said": said}


if __name__ == "__main__":
    children.answer(work)

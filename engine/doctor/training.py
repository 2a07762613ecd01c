"""Does a card train as PyTorch does: 20 steps of a known run, beside the recorded course.

The course was recorded by `python -m benchmarks.known_run`, with PyTorch in float32 on a CPU.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import yaml

from ..errors import TtgptError
from ..host import children
from ..worker.program import worker_program
from .check import Answer, Check, failed, passed, skipped
from .finding import Finding
from .host import Host
from .sayings import REBUILD

STEPS = 20
TOLERANCE = 0.05
"""Nats per token. The device's loss is one bfloat16 number: between 2 and 4 it lies 1/64 apart."""

_CHILD = "ttgpt.engine.worker.known"
_PATIENCE = 5.0
"""Seconds that the child gets to close its device when nobody waits for it any more."""


def recorded() -> dict[str, Any]:
    """Give PyTorch's course: `losses`, `val_loss` and where they come from."""
    text = files("ttgpt.assets").joinpath("known_run.yaml").read_text("utf-8")
    course: dict[str, Any] = yaml.safe_load(text)
    return course


def try_training(
    host: Host, backend: str = "ttml", say: Callable[[str], None] = lambda what: None
) -> Finding:
    """Train in a child with the worker's interpreter, and compare.

    Args:
        host: The host, with its settings.
        backend: What computes.
        say: Told each step.
    """
    begun = time.monotonic()
    try:
        found = children.ask(
            _CHILD,
            {"home": str(host.home), "backend": backend, "steps": STEPS},
            folder=host.home,
            remark=lambda said: say(said["say"]),
            program=worker_program(host.home, backend),
            patience=_PATIENCE,
        )
        answer = compare(found, recorded())
    except TtgptError as error:
        answer = failed(
            "the training test could not be done", f"{error.what} {error.why}", error.next_step
        )
    return _CHECK.finding(answer, time.monotonic() - begun)


def compare(found: dict[str, Any], expected: dict[str, Any]) -> Answer:
    """Hold a course against the recorded one.

    Args:
        found: `losses`, `val_loss`, `gains_moved`, `device` and `dtype`.
        expected: `losses` and `val_loss`.
    """
    pairs = list(zip(found["losses"], expected["losses"], strict=True))
    pairs.append((found["val_loss"], expected["val_loss"]))
    worst = max(abs(a - b) if a == a else float("inf") for a, b in pairs)
    seen = "\n".join(
        [
            f"{found['device']}, {found['dtype']}; gains moved: {found['gains_moved']}",
            "step  here    PyTorch",
            *(f"{i:>4}  {a:.4f}  {b:.4f}" for i, (a, b) in enumerate(pairs[:-1], 1)),
            f" val  {pairs[-1][0]:.4f}  {pairs[-1][1]:.4f}",
        ]
    )
    if worst > TOLERANCE:
        return failed(
            f"it does not train as PyTorch does (up to {worst:.3f} nats apart)",
            "The same weights, batches and text give another loss on this device.",
            "Do not trust its losses. Send this report, and try a release of tt-metal.",
            REBUILD,
            seen,
        )
    if not found["gains_moved"]:
        return failed(
            "the gains of its norms do not learn",
            "Their updates are lost to bfloat16's rounding.",
            "Set train.precision to float32, or take a newer tt-metal. Send this report.",
            evidence=seen,
        )
    return passed(f"trains as PyTorch does: {len(pairs) - 1} steps, {worst:.3f} nats apart", seen)


def skip_training(blocking: Finding) -> Finding:
    """Say that nothing was trained, because something else stands in the way."""
    return _CHECK.finding(skipped(f"training (first: {blocking.what})"), 0.0)


def _look(visit: object) -> Answer:
    raise NotImplementedError("`try_training` answers this one")


_CHECK = Check("software.trains", "blocks", "Does it train as PyTorch does?", _look, deep=True)

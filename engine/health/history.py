"""The evaluations of a run so far, for a worker that goes on with it."""

from __future__ import annotations

from pathlib import Path

from .. import events
from ..disk.reading import open_plain
from ..wire import LONGEST_LINE, DecodeError
from .finding import Evaluation

_MARK = b'"type":"evaluated"'


def evaluations(log: Path, until: int) -> list[Evaluation]:
    """Read the evaluations up to a step from a run's `events.jsonl`.

    Lines of other events are passed over undecoded: a long run has millions of them.
    """
    found: dict[int, Evaluation] = {}
    try:
        with open_plain(log) as file:
            while line := file.readline(LONGEST_LINE):
                one = _evaluated(line) if _MARK in line else None
                if one is not None:
                    # A run that went back wrote later ones that no longer count.
                    found = {step: kept for step, kept in found.items() if step < one.step}
                    found[one.step] = one
    except OSError:
        return []
    return [one for one in found.values() if one.step <= until]


def _evaluated(line: bytes) -> Evaluation | None:
    try:
        event = events.decode(line).event
    except DecodeError:
        return None
    if not isinstance(event, events.Evaluated):
        return None
    return Evaluation(event.step, event.train_loss, event.val_loss)

"""A run's curves for comparing: as many points as a screen can show, however long the run."""

from __future__ import annotations

import contextlib
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from ttgpt.engine import events, wire
from ttgpt.engine.config import RunConfig
from ttgpt.engine.errors import TtgptError

from ..watching.series import Point, Smoothed
from .glance import EVALUATED_OR_OPENED, Glance
from .spread import OVERVIEW, find_lines, spread_lines


@dataclass
class History:
    """What a comparison shows of one run."""

    seen: Glance
    config: RunConfig | None = None
    train: list[Point] = field(default_factory=list)
    """Steps and training losses, lightly smoothed."""
    val: list[Point] = field(default_factory=list)
    """Steps and validation losses."""
    tokens_per_step: int = 0
    parameters: int | None = None
    tokens_per_s: float | None = None
    """Median of what was read."""

    @property
    def best(self) -> Point | None:
        """The step with the lowest validation loss, and that loss."""
        finite = [point for point in self.val if math.isfinite(point[1])]
        return min(finite, key=lambda point: point[1]) if finite else None

    def against_tokens(self, points: Sequence[Point]) -> list[Point]:
        """Give points over tokens seen instead of steps."""
        return [(step * self.tokens_per_step, value) for step, value in points]


def read_history(seen: Glance) -> History:
    """Read a run's curves; what cannot be read is left out."""
    history = History(seen)
    with contextlib.suppress(TtgptError):
        history.config = seen.run.config()
    with contextlib.suppress(OSError):
        _read_steps(history)
        for line in find_lines(seen.run.events, *EVALUATED_OR_OPENED):
            _take_evaluation(history, line)
    return history


def _read_steps(history: History) -> None:
    raw: list[Point] = []
    rates: list[float] = []
    for line in spread_lines(history.seen.run.events, OVERVIEW):
        if b'"type":"sample"' in line:
            continue
        with contextlib.suppress(wire.DecodeError):
            event = events.decode(line).event
            if isinstance(event, events.Opened):
                history.tokens_per_step = event.tokens_per_step
                history.parameters = event.parameters
                _drop_after(raw, event.steps_done)
            elif isinstance(event, events.Step):
                _drop_after(raw, event.step - 1)  # what a restart did again
                raw.append((event.step, event.loss))
                rates.append(event.tokens_per_s)
    smooth = Smoothed()
    history.train = [(step, smooth.add(loss)) for step, loss in raw]
    history.tokens_per_s = sorted(rates)[len(rates) // 2] if rates else None


def _take_evaluation(history: History, line: bytes) -> None:
    with contextlib.suppress(wire.DecodeError):
        event = events.decode(line).event
        if isinstance(event, events.Evaluated):
            _drop_after(history.val, event.step - 1)
            history.val.append((event.step, event.val_loss))
        elif isinstance(event, events.Opened):
            _drop_after(history.val, event.steps_done)


def _drop_after(points: list[Point], step: int) -> None:
    if points and points[-1][0] > step:
        del points[bisect_right(points, float(step), key=lambda point: point[0]) :]

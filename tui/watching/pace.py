"""How fast a run goes and how long it still takes, from the worker's monotonic clock alone."""

from __future__ import annotations

import statistics
from collections import deque
from itertools import pairwise

from ttgpt.engine.runs.step_lines import StepLines

_WINDOW = 200
_RECENT = 9


class Pace:
    """Recent steps of one worker with the moments at which they were logged, pauses taken out."""

    def __init__(self) -> None:
        self._marks: deque[tuple[int, float]] = deque(maxlen=_WINDOW)
        self._ms: deque[float] = deque(maxlen=_RECENT)
        self._rates: deque[float] = deque(maxlen=_RECENT)
        self._paused_at: float | None = None
        self._idle = 0.0

    def stepped(self, step: int, mono: float, ms: float, tokens_per_s: float) -> None:
        """Take in a logged step; the first one compiles, and says nothing of the speed."""
        if self._marks:
            self._ms.append(ms)
            self._rates.append(tokens_per_s)
        self._marks.append((step, mono - self._idle))

    def logged(self, lines: StepLines) -> None:
        """Take in many logged steps; only the newest of them count."""
        newest = zip(
            lines.steps[-_WINDOW:],
            lines.mono[-_WINDOW:],
            lines.ms[-_WINDOW:],
            lines.tokens_per_s[-_WINDOW:],
            strict=True,
        )
        for row in newest:
            self.stepped(*row)

    def paused(self, mono: float) -> None:
        """Stop the clock."""
        self._paused_at = mono if self._paused_at is None else self._paused_at

    def resumed(self, mono: float) -> None:
        """Let the clock go on."""
        if self._paused_at is not None:
            self._idle += mono - self._paused_at
            self._paused_at = None

    @property
    def has_begun(self) -> bool:
        """Whether this worker has logged a step."""
        return bool(self._marks)

    @property
    def ms_per_step(self) -> float | None:
        """Milliseconds that a step took lately: the median, so that one slow step does not jump."""
        return statistics.median(self._ms) if self._ms else None

    @property
    def seconds_between(self) -> float | None:
        """Seconds between two logged steps lately, the median; None before the second."""
        recent = list(self._marks)[-_RECENT:]
        found = [later - sooner for (_, sooner), (_, later) in pairwise(recent)]
        return statistics.median(found) if found else None

    @property
    def tokens_per_s(self) -> float | None:
        """Tokens a second lately, the median."""
        return statistics.median(self._rates) if self._rates else None

    def seconds_left(self, steps: int) -> float | None:
        """Estimate how long some more steps take, evaluations, samples and saving included."""
        if len(self._marks) >= 2:
            (first, began), (last, ended) = self._marks[0], self._marks[-1]
            if last > first:
                return steps * (ended - began) / (last - first)
        return None  # the first step alone says little: it is the one that compiles

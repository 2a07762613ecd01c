"""When a compiled step takes the place of the plain one.

The compiler takes half a minute of a core or two, and gives the same step in 0.65 to 0.9 of its
time (benchmarks/RESULTS.md). So a long training begins at once with the plain step, has the
compiler work beside it, and switches when that is ready and was measured to be faster. The step at
which it switched is part of the run's numerics: whoever goes on with the run switches there too,
and gets the same bits.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from ...host import memory
from .compiled import NotCompiledError, compile_passes
from .compiling import Compiling
from .loss import LossFunction, mean_loss
from .training import Training

_SETTLE_S = 15.0
"""Nothing begins before: by then the pace is known, and short runs are over."""
_WORTH_S = 180.0
"""Seconds of training left for which it pays, with a good margin: compiling costs a training that
uses all cores some 20 s, and the switch 5 to 10."""
_NEEDED_BYTES = 2 * 2**30
"""Memory that must be free for the child; 1.1 GB were measured for 6 layers of width 384."""
_FASTER = 0.95
"""Share of the plain step's time that the compiled one may take at most."""
_SAME = 1e-3
"""Most that the two may differ in the loss of one batch, in nats per token."""
_ROUNDS, _BUDGET_S = 9, 2.0
"""Timed pairs, at most; and seconds after which no further pair begins."""


class Takeover:
    """Looks between two steps whether it is time.

    Args:
        training: Whose passes are replaced.
        at: The step to switch at, whatever it brings; None leaves it to the clock.
        compiling: Makes the child that compiles; None where nothing may be decided by the clock.
        report: Told when something slow begins.
    """

    def __init__(
        self,
        training: Training,
        at: int | None,
        compiling: Callable[[], Compiling] | None,
        report: Callable[[str], None],
    ) -> None:
        self._training, self._report = training, report
        self._make_child = compiling
        self._child: Compiling | None = None
        self._is_over = at is None and compiling is None
        self._opened = time.monotonic()
        self.at = at
        """The step from which on the passes are compiled; None: they are not."""

    def look(self, seconds_left: float) -> str:
        """Do what is due, and say so in a sentence; mostly nothing is.

        Args:
            seconds_left: Training that is still to do at the present pace.
        """
        if self._is_over:
            return ""
        if self.at is not None:
            return self._switch_as_asked() if self._training.steps >= self.at else ""
        if self._child is None:
            return self._begin(seconds_left)
        return "" if self._child.is_alive() else self._switch_if_faster(self._child.trouble)

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.cancel()

    def _begin(self, seconds_left: float) -> str:
        if seconds_left < _WORTH_S or time.monotonic() < self._opened + _SETTLE_S:
            return ""
        free = memory.available_bytes()
        if self._make_child is None or (free is not None and free < _NEEDED_BYTES):
            self._is_over = True
            return ""
        self._child = self._make_child()
        self._child.start()
        return "A faster step is being compiled beside the training."

    def _switch_as_asked(self) -> str:
        self._is_over = True
        self._report("compiling the training step")
        try:
            self._training.loss = compile_passes(self._training)
        except NotCompiledError as error:
            self.at = None
            return f"The step is not compiled: {error}"
        return "The step is compiled."

    def _switch_if_faster(self, trouble: str) -> str:
        self._is_over = True
        if trouble:
            return trouble
        self._report("trying the compiled step")
        try:
            compiled = compile_passes(self._training)
        except NotCompiledError as error:
            return f"The step is not compiled: {error}"
        apart, ratio = _compared(self._training, compiled)
        if apart > _SAME:
            return f"The compiled step is not used: its loss is {apart:.4f} away."
        if ratio > _FASTER:
            return f"The compiled step is not used: it takes {ratio:.2f} of the plain one's time."
        self._training.loss, self.at = compiled, self._training.steps
        return f"The compiled step takes over: {ratio:.2f} of the plain one's time (measured)."


def _compared(training: Training, compiled: LossFunction) -> tuple[float, float]:
    """Give how far the losses are apart, and the compiled passes' share of the plain ones' time."""
    ratios: list[float] = []
    begun = time.monotonic()
    while not ratios or (len(ratios) < _ROUNDS and time.monotonic() < begun + _BUDGET_S):
        plain_loss, plain_s = training.rehearse(mean_loss)
        loss, seconds = training.rehearse(compiled)
        ratios.append(seconds / plain_s)
    return abs(loss - plain_loss), statistics.median(ratios)

"""When a compiled step takes the place of the plain one.

The compiler takes half a minute of a core or two, and gives the same step in 0.77 to 0.96 of its
time (benchmarks/RESULTS.md). So a long training begins at once with the plain step, has the
compiler work beside it, and switches when that is ready and was measured to be faster. The step at
which it switched is part of the run's numerics: whoever goes on with the run switches there too,
and gets the same bits.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from ...host import memory
from .compiled import compile_passes
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
_SAME_LOSS, _SAME_NORM = 1e-3, 1e-2
"""Most that the two may differ over one batch: in nats per token, and in the share of the norm."""
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
        child = self._make_child()
        try:
            child.start()
        except RuntimeError as error:  # no more threads
            self._is_over = True
            return _not_compiled(error)
        self._child = child
        return "The step is being compiled beside the training."

    def _switch_as_asked(self) -> str:
        self._is_over = True
        self._report("compiling the training step")
        try:
            self._training.loss = compile_passes(self._training)
        except Exception as error:
            if self._training.steps:
                return f"{_not_compiled(error)} The run goes on, but not bit for bit."
            self.at = None
            return _not_compiled(error)
        return "The step is compiled."

    def _switch_if_faster(self, trouble: str) -> str:
        self._is_over = True
        if trouble:
            return trouble
        self._report("trying the compiled step")
        try:
            compiled = compile_passes(self._training)
            found = _compared(self._training, compiled)
        except Exception as error:
            return _not_compiled(error)
        if not found.is_same:
            return (
                f"The compiled step is not used: its loss is {found.loss_apart:.2g} away, its "
                f"gradient's norm {found.norm_apart:.2g} of it."
            )
        share = f"{found.ratio:.2f} of the plain one's time"
        if found.ratio > _FASTER:
            return f"The compiled step is not used: it takes {share}."
        self._training.loss, self.at = compiled, self._training.steps
        return f"The compiled step takes over, in {share} (measured)."


def _not_compiled(error: Exception) -> str:
    first_line = str(error).strip().partition("\n")[0].rstrip(".")
    return f"The step is not compiled: {type(error).__name__}: {first_line}."


@dataclass(frozen=True)
class Compared:
    """The compiled passes beside the plain ones, over the same tokens."""

    loss_apart: float
    """Nats per token."""
    norm_apart: float
    """Share of the gradient's norm."""
    ratio: float
    """Of the seconds."""

    @property
    def is_same(self) -> bool:
        """Whether one may stand for the other; not where anything is no number."""
        return self.loss_apart <= _SAME_LOSS and self.norm_apart <= _SAME_NORM


def _compared(training: Training, compiled: LossFunction) -> Compared:
    """Do the passes both ways in turn; clipping and AdamW, which are the same, are left out."""
    ratios: list[float] = []
    begun = time.monotonic()
    while not ratios or (len(ratios) < _ROUNDS and time.monotonic() < begun + _BUDGET_S):
        plain, other = training.rehearse(mean_loss), training.rehearse(compiled)
        ratios.append(other.seconds / plain.seconds)
    return Compared(
        abs(other.loss - plain.loss),
        abs(other.grad_norm - plain.grad_norm) / max(plain.grad_norm, 1e-12),
        statistics.median(ratios),
    )

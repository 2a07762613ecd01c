"""What a chart shows beside its run: other runs, losses to compare with, the sample chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..watching.history import READINGS, History
from ..watching.series import Series
from ..watching.state import RunState
from .view import View


@dataclass(frozen=True)
class Baseline:
    """A loss to compare with, such as that of guessing."""

    loss: float
    label: str


@dataclass(frozen=True)
class Overlay:
    """Another run, drawn into the same chart."""

    name: str
    state: RunState


@dataclass(frozen=True)
class Chart:
    """All that one picture is made of."""

    state: RunState = field(default_factory=RunState)
    view: View = field(default_factory=View)
    baselines: Sequence[Baseline] = ()
    overlays: Sequence[Overlay] = ()
    chosen: Sequence[int] = ()
    """Steps of the samples that are shown beside the chart."""
    detail: History | None = None
    """A part of the run, read again for every single step."""

    def series(self, name: str) -> list[Series]:
        """Give the curves of a name, as finely as they are known for what is shown."""
        history = self.detail or self.state.history
        if name in READINGS:
            return [chip[name] for chip in self.state.history.chips if name in chip]
        found = {
            "loss": history.loss,
            "lr": history.lr,
            "grad norm": history.grad_norm,
            "tokens/s": history.tokens_per_s,
        }
        return [found[name]]

    def offered_panes(self) -> list[str]:
        """Name the second curves that this run has."""
        return [name for name in PANES if any(len(series) for series in self.series(name))]


PANES = ("lr", "grad norm", "tokens/s", *READINGS)
LETTERS = "abcdefgh"
"""By which other runs are told apart where there is no colour."""

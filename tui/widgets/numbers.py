"""The column of figures."""

from __future__ import annotations

import math

from textual.content import Content

from ..format import duration, grouped, loss, lr, small
from ..state import RunState
from .lines import Lines

_LABEL, _VALUE = 9, 9
_LARGEST_EXPONENT = 30.0
_SECONDARY = ("elapsed", "tok/par")
"""Figures that give way where there is little room."""


class Numbers(Lines):
    """A run's figures, right-aligned so that nothing moves while they count."""

    HELP = (
        "train  loss of the last steps, averaged\n"
        "val  loss on text held out of training, always the same\n"
        "best  the lowest val so far, and its step\n"
        "gap  val minus train, both measured at the same evaluation\n"
        "perplex.  e to the power of val: as if it chose among so many tokens\n"
        "lr  learning rate\n"
        "grad  length of the gradient before clipping\n"
        "tokens/s, ms/step  lately, the median; the first step, which compiles, is left out\n"
        "elapsed  time spent training, pauses left out\n"
        "tok/par  tokens read so far for each parameter; about 20 use computing time best\n"
        "saved  the newest checkpoint, and why it was kept"
    )

    DEFAULT_CSS = """
    Numbers { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._state = RunState()
        self._brief = False

    def show(self, state: RunState) -> None:
        """Show a run."""
        self._state = state
        self.redraw()

    def set_brief(self, brief: bool) -> None:
        """Leave out the least figures, or not."""
        self._brief = brief
        self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the figures."""
        rows = _rows(self._state)
        return [_figure(*row) for row in rows if not (self._brief and row[0] in _SECONDARY)]


def _rows(state: RunState) -> list[tuple[str, str, str]]:
    newest = state.newest
    evaluated = state.evaluations[-1] if state.evaluations else None
    val = evaluated.val_loss if evaluated else None
    best = state.best
    gap = evaluated.val_loss - evaluated.train_loss if evaluated else None
    saved = state.checkpoints[-1] if state.checkpoints else None
    return [
        ("train", loss(state.train_loss), ""),
        ("val", loss(val), ""),
        ("best", loss(best.val_loss if best else None), f"@{grouped(best.step)}" if best else ""),
        ("gap", loss(gap), ""),
        ("perplex.", small(_perplexity(val)), ""),
        ("lr", lr(newest.lr if newest else None), ""),
        ("grad", small(newest.grad_norm if newest else None), ""),
        ("tokens/s", grouped(state.pace.tokens_per_s), ""),
        ("ms/step", small(state.pace.ms_per_step), ""),
        ("elapsed", duration(state.elapsed if newest else None), ""),
        ("tok/par", small(_tokens_per_parameter(state)), ""),
        ("saved", grouped(saved.step if saved else None), saved.kind if saved else ""),
    ]


def _tokens_per_parameter(state: RunState) -> float | None:
    if state.newest is None or state.opened is None or not state.opened.parameters:
        return None
    return state.newest.tokens / state.opened.parameters


def _figure(label: str, value: str, note: str) -> Content:
    return Content.assemble(
        (f"{label:<{_LABEL}}", "dim"), f"{value:>{_VALUE}}", (f"  {note}", "dim")
    )


def _perplexity(val_loss: float | None) -> float | None:
    if val_loss is None or not math.isfinite(val_loss):
        return None
    return math.exp(val_loss) if val_loss < _LARGEST_EXPONENT else math.inf

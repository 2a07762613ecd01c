"""The column of figures."""

from __future__ import annotations

import math

from textual.content import Content

from ttgpt.engine.config import ModelConfig

from ...format import duration, grouped, loss, lr, small
from ...watching.peak import share_of_peak, teraflops
from ...watching.state import RunState
from ..lines import Lines

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
        "peak  share of what the card can compute in 16 bits, by its maker's figure (T: 10^12/s)\n"
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
        self._model: ModelConfig | None = None
        self._brief = False

    def show(self, state: RunState, model: ModelConfig | None = None) -> None:
        """Show a run, and its network where that is known."""
        self._state, self._model = state, model
        self.redraw()

    @property
    def in_full(self) -> int:
        """Lines that all figures take."""
        return len(_rows(self._state, self._model))

    def set_brief(self, brief: bool) -> None:
        """Leave out the least figures, or not."""
        if brief != self._brief:
            self._brief = brief
            self.redraw()

    def draw(self, width: int, height: int) -> list[Content]:
        """Draw the figures."""
        rows = _rows(self._state, self._model)
        return [_figure(*row) for row in rows if not (self._brief and row[0] in _SECONDARY)]


def _rows(state: RunState, model: ModelConfig | None) -> list[tuple[str, str, str]]:
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
        *_peak(state, model),
        ("elapsed", duration(state.elapsed if newest else None), ""),
        ("tok/par", small(_tokens_per_parameter(state)), ""),
        ("saved", grouped(saved.step if saved else None), saved.kind if saved else ""),
    ]


def _peak(state: RunState, model: ModelConfig | None) -> list[tuple[str, str, str]]:
    """Give the share of what the device computes at most; nothing where that is not known."""
    share = share_of_peak(state.opened, model, state.pace.tokens_per_s)
    if share is None:
        return []
    return [("peak", f"{100 * share:.1f} %", f"of {teraflops(state.opened):.0f} T")]


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
